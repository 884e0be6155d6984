"""index.html beside the pictures: one file that needs nothing else, with a choice of face, scene, size, language and theme."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kiosk_ui.gallery.plan import Picture

_KINDS = ("face", "scene", "size", "language", "theme")

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Tillside: the faces</title>
<style>
  body { margin: 0; font: 15px/1.4 system-ui, sans-serif; background: #ecebe6; color: #1b2420; }
  header { position: sticky; top: 0; padding: 10px 16px; background: #fff; border-bottom: 1px solid #cfcdc4; }
  label { margin-right: 14px; white-space: nowrap; }
  main { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, var(--wide)), 1fr)); gap: 16px; padding: 16px; }
  figure { margin: 0; padding: 8px; background: #fff; border: 1px solid #cfcdc4; }
  img { display: block; width: 100%; height: 320px; object-fit: contain; object-position: top left; }
  figcaption { padding-top: 6px; overflow-wrap: anywhere; }
  .whole img { width: auto; height: auto; max-width: 100%; }
</style>
<header>
  <form id="choice">CHOICES<label><input type="checkbox" id="whole"> full size</label> <output></output></form>
</header>
<main></main>
<script>
const pictures = PICTURES;
const kinds = KINDS;
const form = document.getElementById("choice"), main = document.querySelector("main"), whole = document.getElementById("whole");
for (const [kind, value] of new URLSearchParams(location.hash.slice(1)))
  if (kinds.includes(kind)) form.elements[kind].value = value;
function show() {
  const chosen = kinds.map(kind => form.elements[kind].value);
  const shown = pictures.filter(picture => chosen.every((value, place) => value === "" || picture[place] === value));
  main.style.setProperty("--wide", whole.checked ? "100%" : "420px");
  main.className = whole.checked ? "whole" : "";
  main.replaceChildren(...shown.map(picture => {
    const name = picture.join("-"), figure = document.createElement("figure"), link = document.createElement("a");
    const image = new Image(), caption = document.createElement("figcaption");
    image.loading = "lazy";
    image.src = link.href = name + ".png";
    image.alt = caption.textContent = name;
    link.append(image);
    figure.append(link, caption);
    return figure;
  }));
  form.querySelector("output").value = shown.length + " of " + pictures.length + " pictures";
  const kept = kinds.map((kind, place) => [kind, chosen[place]]).filter(one => one[1] !== "");
  history.replaceState(null, "", "#" + new URLSearchParams(kept));
}
form.addEventListener("input", show);
show();
</script>
</html>
"""


def page(pictures: Sequence[Picture]) -> str:
    """The page for these pictures; each is loaded when it is scrolled to."""
    rows = [_row(picture) for picture in pictures]
    choices = "".join(_choice(kind, list(dict.fromkeys(row[place] for row in rows))) for place, kind in enumerate(_KINDS))
    # No value may end the script it stands in.
    listed = json.dumps(rows).replace("<", "\\u003c")
    return _PAGE.replace("CHOICES", choices).replace("PICTURES", listed).replace("KINDS", json.dumps(_KINDS))


def _row(picture: Picture) -> list[str]:
    """In the order of the picture's name."""
    setting = picture.setting
    width, height = setting.size
    return [setting.kind.value, picture.scene.name, f"{width}x{height}", setting.language.value, setting.theme]


def _choice(kind: str, values: list[str]) -> str:
    options = "".join(f"<option>{html.escape(value)}</option>" for value in values)
    return f'<label>{kind} <select name="{kind}"><option value="">all</option>{options}</select></label> '
