import type { FileFormat } from "../description.ts";

/** Splits a line into fields; undefined when a quoted field is still open at its end. */
export type FieldSplitter = (text: string) => string[] | undefined;

/** @example splitterOf("csv")('1,"Good, the Bad"') // ["1", "Good, the Bad"] */
export function splitterOf(format: Exclude<FileFormat, "jsonl" | "parquet">): FieldSplitter {
  if (format === "csv") return splitCsv;
  const separator = format === "tsv" ? "\t" : "::";
  return (text) => text.split(separator);
}

/** RFC 4180: a field that starts with a quote ends at the next single one; inside it a doubled quote is a quote. */
function splitCsv(text: string): string[] | undefined {
  if (!text.includes('"')) return text.split(",");
  const fields: string[] = [];
  for (let at = 0; at <= text.length; ) {
    const field = text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    if (field === undefined) return undefined;
    fields.push(field.value);
    at = field.end + 1;
  }
  return fields;
}

interface Field {
  readonly value: string;
  /** Where its comma (or the end of the text) is. */
  readonly end: number;
}

function plainField(text: string, start: number): Field {
  const comma = text.indexOf(",", start);
  const end = comma < 0 ? text.length : comma;
  return { value: text.slice(start, end), end };
}

function quotedField(text: string, start: number): Field | undefined {
  let value = "";
  for (let at = start + 1; ; ) {
    const quote = text.indexOf('"', at);
    if (quote < 0) return undefined;
    value += text.slice(at, quote);
    if (text[quote + 1] !== '"') {
      const tail = plainField(text, quote + 1);
      return { value: value + tail.value, end: tail.end };
    }
    value += '"';
    at = quote + 2;
  }
}
