"""A QR code as the data of an SVG path."""

from itertools import groupby

QUIET_ZONE = 4  # modules around the code (ISO/IEC 18004)


def draw_qr_code(text: str) -> tuple[int, str]:
    """Return a QR code: its size in modules, and its dark modules as the data of an SVG path.

    segno is imported here (docs/decisions/0009): few pages draw one.
    """
    import segno

    matrix = [list(row) for row in segno.make(text, error="m").matrix_iter(border=QUIET_ZONE)]
    runs = []
    for y, row in enumerate(matrix):
        start = 0
        for is_dark, modules in groupby(row):
            width = len(list(modules))
            if is_dark:
                runs.append(f"M{start} {y}h{width}v1h-{width}z")
            start += width
    return len(matrix), "".join(runs)
