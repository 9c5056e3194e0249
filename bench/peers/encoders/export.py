"""Writes FOLDER/onnx/model.onnx from a checkpoint, as transformers.js wants it, beside the checkpoint's other files.

    python bench/peers/encoders/export.py CHECKPOINT FOLDER
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers as tf

source, target = map(pathlib.Path, sys.argv[1:3])
(target / "onnx").mkdir(parents=True, exist_ok=True)
for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"]:
    if (source / name).exists():
        shutil.copy(source / name, target / name)
# transformers.js knows no sentence_bert_config.json: it is told here where texts are cut, as the other sides do.
settings = json.loads((target / "tokenizer_config.json").read_text())
settings["model_max_length"] = json.loads((source / "sentence_bert_config.json").read_text())["max_seq_length"]
(target / "tokenizer_config.json").write_text(json.dumps(settings))
model = tf.AutoModel.from_pretrained(source, attn_implementation="eager").eval()


class Encoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, token_type_ids):
        return self.model(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state


ids = torch.ones(2, 16, dtype=torch.int64)
axes = {0: "batch", 1: "sequence"}
names = ["input_ids", "attention_mask", "token_type_ids"]
torch.onnx.export(
    Encoder(),
    (ids, ids.clone(), torch.zeros_like(ids)),
    str(target / "onnx" / "model.onnx"),
    input_names=names,
    output_names=["last_hidden_state"],
    dynamic_axes={name: axes for name in [*names, "last_hidden_state"]},
    opset_version=14,
    dynamo=False,
)
