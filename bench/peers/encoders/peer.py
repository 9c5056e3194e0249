"""sentence-transformers as a side of `bench:encoders`: peer.py FOLDER THREADS; the same lines as peer.mjs. It sorts by itself."""

import json
import sys
import time

import sentence_transformers
import torch

folder, threads = sys.argv[1:3]
torch.set_num_threads(int(threads))
model = sentence_transformers.SentenceTransformer(folder, device="cpu")
print(json.dumps({"version": sentence_transformers.__version__}), flush=True)
for line in sys.stdin:
    case = json.loads(line)
    start, cpu = time.perf_counter(), time.process_time()
    vectors = model.encode(case["texts"], batch_size=case["batch"], show_progress_bar=False)
    ms, cpu_ms = 1e3 * (time.perf_counter() - start), 1e3 * (time.process_time() - cpu)
    print(json.dumps({"ms": ms, "cpuMs": cpu_ms, "vectors": vectors.tolist()}), flush=True)
