"""Writes testing/encoders/onnx-text and onnx-image: tiny random networks exported by PyTorch, and what PyTorch, Pillow and
numpy make of texts and pictures with them. Run in an environment with torch, onnx, onnxscript, pillow, numpy, tokenizers:
python testing/encoders/make_onnx.py"""

import json
import pathlib
import shutil

import numpy as np
import onnx
import torch
from PIL import Image
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).parent
torch.manual_seed(5)


class Text(torch.nn.Module):
    """Token and type vectors, one attention that does not see padding, a vector a token."""

    def __init__(self, tokens: int, width: int = 8):
        super().__init__()
        self.words = torch.nn.Embedding(tokens, width)
        self.types = torch.nn.Embedding(2, width)
        self.query = torch.nn.Linear(width, width)
        self.norm = torch.nn.LayerNorm(width)

    def forward(self, input_ids, attention_mask, token_type_ids):
        x = self.words(input_ids) + self.types(token_type_ids)
        hidden = (1.0 - attention_mask.to(x.dtype))[:, None, :] * -1e9
        scores = self.query(x) @ x.transpose(1, 2) + hidden
        return self.norm(x + torch.softmax(scores, -1) @ x)


def text():
    folder = HERE / "onnx-text"
    (folder / "1_Pooling").mkdir(parents=True, exist_ok=True)
    for file in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(HERE / "bert" / file, folder / file)
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    write(folder / "modules.json", [{"path": p, "type": f"sentence_transformers.models.{t}"} for p, t in modules])
    write(folder / "1_Pooling" / "config.json", {"pooling_mode_mean_tokens": True})
    write(folder / "sentence_bert_config.json", {"max_seq_length": 12})
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    network = Text(tokenizer.get_vocab_size()).eval()
    names = ["input_ids", "attention_mask", "token_type_ids"]
    open_axes = {0: torch.export.Dim("texts"), 1: torch.export.Dim("tokens")}
    example = tuple(torch.ones(2, 5, dtype=torch.int64) for _ in names)
    torch.onnx.export(network, example, folder / "model.onnx", input_names=names, output_names=["last_hidden_state"],
                      dynamic_shapes={name: open_axes for name in names}, external_data=False)
    plain(folder / "model.onnx")
    texts = ["A toy cowboy is threatened by a new space toy.", "Two friends.", "", "space " * 40]
    vectors = []
    for one in texts:
        ids = tokenizer.encode(one).ids
        ids = ids if len(ids) <= 12 else ids[:11] + ids[-1:]
        row = torch.tensor([ids])
        states = network(row, torch.ones_like(row), torch.zeros_like(row))
        vectors.append(torch.nn.functional.normalize(states.mean(1), dim=-1)[0].tolist())
    write(folder / "golden.json", {"texts": texts, "vectors": rounded(vectors)})


class Picture(torch.nn.Module):
    """Two convolutions with batch norm, as a MobileNet begins: one over channels, one by channel; the mean over places."""

    def __init__(self, width: int = 6):
        super().__init__()
        self.first = torch.nn.Conv2d(3, width, 3, stride=2, padding=1)
        self.norm = torch.nn.BatchNorm2d(width)
        self.second = torch.nn.Conv2d(width, width, 3, stride=2, padding=1, groups=width)

    def forward(self, pixel_values):
        x = torch.nn.functional.relu6(self.norm(self.first(pixel_values)))
        return self.second(x).mean((2, 3))


def picture_file(width: int, height: int):
    """Waves of colours and a dark box, so that a wrong resize shows."""
    y, x = np.mgrid[0:height, 0:width]
    waves = np.stack([np.sin(x / 3), np.cos(y / 4), np.sin((x + y) / 5)], -1)
    pixels = (127.5 + 120 * waves).astype(np.uint8)
    pixels[height // 3 : height // 2, width // 4 : width // 2] = 10
    return Image.fromarray(pixels)


def pixel_values(image, config):
    """resize, crop, scale, normalise as transformers' CLIPImageProcessor has it"""
    width, height = image.size
    short = config["size"]["shortest_edge"]
    to = (short, int(short * height / width)) if width < height else (int(short * width / height), short)
    image = image.convert("RGB").resize(to, config["resample"])
    side = config["crop_size"]["height"]
    left, top = (to[0] - side) // 2, (to[1] - side) // 2
    image = image.crop((left, top, left + side, top + side))
    values = np.asarray(image).astype(np.float32) * config["rescale_factor"]
    values = (values - np.array(config["image_mean"])) / np.array(config["image_std"])
    return values.transpose(2, 0, 1).astype(np.float32)


def images():
    folder = HERE / "onnx-image"
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "do_resize": True, "size": {"shortest_edge": 20}, "resample": 3,
        "do_center_crop": True, "crop_size": {"height": 16, "width": 16},
        "do_rescale": True, "rescale_factor": 1 / 255,
        "do_normalize": True, "image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28],
    }
    write(folder / "preprocessor_config.json", config)
    picture_file(61, 45).save(folder / "wide.png")
    picture_file(13, 24).convert("L").save(folder / "tall-grey.png")
    picture_file(64, 64).save(folder / "square.jpg", quality=95, subsampling=0)
    network = Picture().eval()
    with torch.no_grad():
        network.norm.running_mean.uniform_(-0.5, 0.5)
        network.norm.running_var.uniform_(0.5, 1.5)
    torch.onnx.export(network, (torch.zeros(2, 3, 16, 16),), folder / "model.onnx", input_names=["pixel_values"],
                      output_names=["image_embeds"], dynamic_shapes={"pixel_values": {0: torch.export.Dim("images")}},
                      external_data=False)
    plain(folder / "model.onnx")
    cases = []
    for file in ("wide.png", "tall-grey.png", "square.jpg"):
        values = pixel_values(Image.open(folder / file), config)
        vector = network(torch.tensor(values)[None])[0]
        sample = values.reshape(-1)[::13]
        cases.append({"file": file, "pixels": rounded(sample.tolist()), "vector": rounded(vector.tolist())})
    write(folder / "golden.json", cases)


def plain(path):
    """Without the remarks of the exporter, which name files of the machine it ran on."""
    model = onnx.load(path)
    for part in [model, model.graph, *model.graph.node, *model.graph.value_info, *model.graph.input,
                 *model.graph.output, *model.graph.initializer]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(model, path)


def rounded(value):
    return [rounded(x) for x in value] if isinstance(value, list) else round(value, 7)


def write(path, value):
    path.write_text(json.dumps(value) + "\n")


if __name__ == "__main__":
    text()
    images()
