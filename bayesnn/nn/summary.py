"""A network as a table of its layers."""

from collections.abc import Sequence

from bayesnn.nn.layers.layer import Layer


def table(layers: Sequence[Layer], widths: Sequence[int], activations: Sequence[str]) -> str:
    """One line a layer: units, blocks with their shapes, numbers of parameters; and their sum."""
    rows = [("layer", "units", "blocks", "parameters")]
    for number, (layer, n_in, n_out) in enumerate(zip(layers, widths[:-1], widths[1:], strict=True), 1):
        blocks = ", ".join(f"{name}{number} {shape}" for name, shape in layer.blocks.items())
        unit = activations[number - 1] if number <= len(activations) else "outputs"
        rows.append((str(number), f"{n_in} → {n_out} {unit}", blocks, f"{layer.n_params:,}"))
    rows.append(("all", "", "", f"{sum(layer.n_params for layer in layers):,}"))
    wide = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c:<{wide[2]}}  {d:>{wide[3]}}".rstrip() for a, b, c, d in rows)
