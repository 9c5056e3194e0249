"""Writes testing/encoders/NAME: tiny checkpoints with random weights, and golden.json, what transformers, sentence-transformers and PyTorch make of them.

    python3 -m venv /tmp/golden-venv
    /tmp/golden-venv/bin/pip install torch transformers sentence-transformers numpy safetensors tokenizers
    /tmp/golden-venv/bin/python testing/encoders/make_golden.py [FOLDER of all-MiniLM-L6-v2]

Numbers differ from run to run (ties in the training of tokenizers): a checkpoint and its golden.json belong together.
golden.json holds texts, the numbers of their tokens, the hidden states of the first two texts (padded together), the
vectors of all, and gradients of sum(vectors * weights) over the first two texts for some parameters. With a folder (that
of scripts/encoders.ts), vectors of the same texts by its weights, too.
"""

import json
import pathlib
import shutil
import sys

import torch
import transformers as tf
from sentence_transformers import SentenceTransformer
from sentence_transformers.models import Dense, Normalize, Pooling, Transformer
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

OUT = pathlib.Path(__file__).parent
TEXTS = [
    "A toy cowboy is threatened by a new space toy.",
    "Two friends.",
    "",
    "The café owner's naïve son (aged 9) – hunted across Zürich, again & again – must choose: run, or fight?",
    "space " * 40,
]
CORPUS = TEXTS + ["a film about friends who fight in space", "the son of the owner runs again", "a new toy"]


def wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(vocab_size=90, special_tokens=special))
    pair = [("[CLS]", 2), ("[SEP]", 3)]
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B [SEP]", pair)
    tokenizer.decoder = decoders.WordPiece()
    names = dict(pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", mask_token="[MASK]")
    return tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def unigram():
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(" {2,}", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(vocab_size=90, special_tokens=special, unk_token="<unk>")
    tokenizer.train_from_iterator(CORPUS, trainer)
    pair = [("<s>", 0), ("</s>", 2)]
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A </s>", "<s> $A </s> </s> $B </s>", pair)
    tokenizer.decoder = decoders.Metaspace()
    names = dict(bos_token="<s>", cls_token="<s>", eos_token="</s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>", mask_token="<mask>")
    return tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **names)


def bytelevel():
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=290, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet)
    tokenizer.train_from_iterator(CORPUS, trainer)
    end = "<|endoftext|>"
    return tf.PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=end, eos_token=end, pad_token=end, unk_token=end)


SIZES = dict(hidden_size=12, num_hidden_layers=2, num_attention_heads=3, intermediate_size=20)
BERT_GRADS = ["embeddings.word_embeddings.weight", "encoder.layer.0.attention.self.query.weight", "encoder.layer.1.output.LayerNorm.bias"]

CASES = {
    "bert": (wordpiece, lambda n: tf.BertModel(tf.BertConfig(vocab_size=n, max_position_embeddings=32, **SIZES)), "mean", ["normalise"], BERT_GRADS),
    "distilbert": (wordpiece, lambda n: tf.DistilBertModel(tf.DistilBertConfig(vocab_size=n, max_position_embeddings=32, dim=12, n_layers=2, n_heads=3, hidden_dim=20)), "cls", ["dense"], ["transformer.layer.0.attention.v_lin.weight"]),
    "xlm-roberta": (unigram, lambda n: tf.XLMRobertaModel(tf.XLMRobertaConfig(vocab_size=n, max_position_embeddings=34, pad_token_id=1, layer_norm_eps=1e-5, type_vocab_size=1, **SIZES)), "max", [], ["embeddings.position_embeddings.weight"]),
    "mpnet": (unigram, lambda n: tf.MPNetModel(tf.MPNetConfig(vocab_size=n, max_position_embeddings=34, pad_token_id=1, layer_norm_eps=1e-5, **SIZES)), "mean_sqrt_len_tokens", ["normalise"], ["encoder.relative_attention_bias.weight"]),
    "gpt2": (bytelevel, lambda n: tf.GPT2Model(tf.GPT2Config(vocab_size=n, n_positions=32, n_embd=12, n_layer=2, n_head=3, n_inner=20)), "lasttoken", [], ["h.0.attn.c_attn.weight", "wpe.weight"]),
}


def rounded(tensor):
    return [float(f"{x:.8g}") for x in tensor.detach().flatten().tolist()]


def randomise(model):
    """Transformers start with biases of zero and norms of one: these would hide mistakes."""
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)


def make(name, tokenizer_of, model_of, pooling, rest, wanted):
    torch.manual_seed(5)
    folder = OUT / name
    shutil.rmtree(folder, ignore_errors=True)
    tokenizer = tokenizer_of()
    model = model_of(len(tokenizer)).eval()
    randomise(model)
    raw = OUT / "raw"
    model.save_pretrained(raw)
    tokenizer.save_pretrained(raw)
    modules = [Transformer(str(raw), max_seq_length=32), Pooling(12, pooling_mode=pooling)]
    if "dense" in rest:
        modules.append(Dense(12, 7))
    if "normalise" in rest:
        modules.append(Normalize())
    whole = SentenceTransformer(modules=modules, device="cpu").eval()
    tokenizer.padding_side = "right"
    # A byte-level tokenizer adds no marks, so that an empty text has no tokens: transformers refuses it.
    texts = [text for text in TEXTS if name != "gpt2" or text != ""]
    vectors = whole.encode(texts, convert_to_tensor=True, batch_size=1)
    ids = [tokenizer(text, truncation=True, max_length=32)["input_ids"] for text in texts]
    golden = {"texts": texts, "ids": ids, "vectors": [rounded(v) for v in vectors], **pair(whole, tokenizer, wanted)}
    whole.save(str(folder), create_model_card=False)
    (folder / "golden.json").write_text(json.dumps(golden, ensure_ascii=False) + "\n")
    shutil.rmtree(raw)


def pair(whole, tokenizer, wanted):
    """Two texts of different length, padded together; whatever has no token at all is left to the other tests."""
    inner = whole[0].auto_model if hasattr(whole[0], "auto_model") else whole[0].model
    batch = tokenizer(TEXTS[:2], padding=True, return_tensors="pt")
    states = inner(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], output_hidden_states=True).hidden_states
    features = whole({"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]})
    vectors = features["sentence_embedding"]
    weights = torch.cos(torch.arange(vectors.numel()).float()).reshape(vectors.shape)
    (vectors * weights).sum().backward()
    parameters = dict(inner.named_parameters())
    return {
        "states": [rounded(s * batch["attention_mask"].unsqueeze(-1)) for s in states],
        "gradients": {path: rounded(parameters[path].grad) for path in wanted},
    }


for name, case in CASES.items():
    make(name, *case)

if len(sys.argv) > 1:
    whole = SentenceTransformer(sys.argv[1], device="cpu")
    texts = TEXTS[:4] + ["space toy " * 300]
    vectors = [rounded(v) for v in whole.encode(texts, convert_to_tensor=True, batch_size=1)]
    (OUT / "all-MiniLM-L6-v2.json").write_text(json.dumps({"texts": texts, "vectors": vectors}, ensure_ascii=False) + "\n")
