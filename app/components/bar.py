"""A probability as a bar."""


def track(probability: float, threshold: float = float("nan")) -> str:
    """The bar as HTML, with a mark at the threshold where there is one."""
    width = 100 * min(max(probability, 0.0), 1.0) if probability == probability else 0.0
    tick = (
        f'<i style="left:{100 * threshold:.1f}%" title="Threshold {threshold:.3f}"></i>'
        if threshold == threshold
        else ""
    )
    return f'<div class="pl-track"><b style="width:{width:.1f}%"></b>{tick}</div>'
