"""The weights of EASE as its paper's listing has them, in numpy: a dense product and LAPACK's inverse. See likes.py."""

from likes import read_likes, run


def prepare(case):
    import numpy as np

    dtype = np.float64 if case["peer"].endswith("float64") else np.float32
    likes = read_likes(case).astype(dtype)
    weights = {}

    def step():
        weights.clear()
        dense = likes.toarray()
        gram = dense.T @ dense
        gram[np.diag_indices_from(gram)] += case["setting"]["regularisation"]
        inverse = np.linalg.inv(gram)
        inverse /= -np.diag(inverse)
        np.fill_diagonal(inverse, 0)
        weights["b"] = inverse

    def result():
        b = weights["b"].astype(np.float64)
        return float(b.sum()), {"norm": float(np.linalg.norm(b))}

    return step, result, np.__version__


if __name__ == "__main__":
    run(prepare)
