import protobuf from "protobufjs";

const field = (id: number, type: string, rule?: "repeated"): protobuf.IField =>
  rule === undefined ? { id, type } : { id, type, rule };

/** A message whose single fields are known to be there or not, as in `onnx.proto`: a size may be 0. */
const message = (fields: Record<string, protobuf.IField>): protobuf.IType => ({ edition: "proto2", fields });

/** The part of the ONNX protocol buffer schema that programs use; numbers as in the published `onnx.proto`. */
const schema = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: field(1, "int64"),
      producerName: field(2, "string"),
      graph: field(7, "GraphProto"),
      opsetImport: field(8, "OperatorSetIdProto", "repeated"),
      metadataProps: field(14, "StringStringEntryProto", "repeated"),
      functions: field(25, "FunctionProto", "repeated"),
    }),
    OperatorSetIdProto: message({ domain: field(1, "string"), version: field(2, "int64") }),
    StringStringEntryProto: message({ key: field(1, "string"), value: field(2, "string") }),
    GraphProto: message({
      node: field(1, "NodeProto", "repeated"),
      name: field(2, "string"),
      initializer: field(5, "TensorProto", "repeated"),
      input: field(11, "ValueInfoProto", "repeated"),
      output: field(12, "ValueInfoProto", "repeated"),
      sparseInitializer: field(15, "SparseTensorProto", "repeated"),
    }),
    SparseTensorProto: message({ values: field(1, "TensorProto") }),
    FunctionProto: message({
      name: field(1, "string"),
      input: field(4, "string", "repeated"),
      output: field(5, "string", "repeated"),
      node: field(7, "NodeProto", "repeated"),
      domain: field(10, "string"),
      attributeProto: field(11, "AttributeProto", "repeated"),
    }),
    NodeProto: message({
      input: field(1, "string", "repeated"),
      output: field(2, "string", "repeated"),
      name: field(3, "string"),
      opType: field(4, "string"),
      attribute: field(5, "AttributeProto", "repeated"),
      domain: field(7, "string"),
    }),
    AttributeProto: message({
      name: field(1, "string"),
      f: field(2, "float"),
      i: field(3, "int64"),
      s: field(4, "bytes"),
      t: field(5, "TensorProto"),
      g: field(6, "GraphProto"),
      floats: field(7, "float", "repeated"),
      ints: field(8, "int64", "repeated"),
      strings: field(9, "bytes", "repeated"),
      type: field(20, "int32"),
      refAttrName: field(21, "string"),
    }),
    TensorProto: message({
      dims: field(1, "int64", "repeated"),
      dataType: field(2, "int32"),
      floatData: field(4, "float", "repeated"),
      int32Data: field(5, "int32", "repeated"),
      int64Data: field(7, "int64", "repeated"),
      name: field(8, "string"),
      rawData: field(9, "bytes"),
      doubleData: field(10, "double", "repeated"),
      uint64Data: field(11, "uint64", "repeated"),
      externalData: field(13, "StringStringEntryProto", "repeated"),
      dataLocation: field(14, "int32"),
    }),
    ValueInfoProto: message({
      name: field(1, "string"),
      type: field(2, "TypeProto"),
      docString: field(3, "string"),
    }),
    TypeProto: message({ tensorType: field(1, "TensorTypeProto") }),
    TensorTypeProto: message({ elemType: field(1, "int32"), shape: field(2, "TensorShapeProto") }),
    TensorShapeProto: message({ dim: field(1, "DimensionProto", "repeated") }),
    DimensionProto: message({ dimValue: field(1, "int64"), dimParam: field(2, "string") }),
  },
});

/** The message type of a whole ONNX file. */
export const ModelProto: protobuf.Type = schema.lookupType("ModelProto");
