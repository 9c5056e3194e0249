"""benfred/implicit's alternating least squares: one epoch, as its `fit` loops over them. JSON lines, see likes.py."""

from likes import read_ints, read_likes, run


def prepare(case):
    import implicit
    import numpy as np
    from implicit.als import AlternatingLeastSquares

    setting, threads = case["setting"], case["threads"]
    likes = read_likes(case)
    model = AlternatingLeastSquares(
        factors=setting["embeddingSize"],
        regularization=setting["regularisation"],
        alpha=setting["alpha"],
        iterations=1,
        num_threads=threads,
        use_gpu=False,
        random_state=1,
    )
    model.cg_steps = setting["solverSteps"]
    model.fit(likes, show_progress=False)
    by_user = (likes * setting["alpha"]).tocsr()
    by_item = by_user.T.tocsr()
    args = {"regularization": setting["regularisation"], "num_threads": threads}

    def step():
        model.solver(by_user, model.user_factors, model.item_factors, **args)
        model.solver(by_item, model.item_factors, model.user_factors, **args)

    for _ in range(setting["epochs"] - 2):
        step()

    def result():
        user, liked, other = read_ints(case, "pairs").reshape(-1, 3).T
        x, y = model.user_factors, model.item_factors
        margin = np.einsum("nk,nk->n", x[user], y[liked] - y[other])
        return float((margin > 0).mean()), {}

    return step, result, implicit.__version__


if __name__ == "__main__":
    # Its threads call BLAS one by one; it warns of a BLAS with threads of its own.
    run(prepare, blas_threads=1)
