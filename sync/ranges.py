"""What the standard library's file server lacks: the rest of a file, for a download that broke off (RFC 9110, `Range: bytes=N-`).

One open range is answered, which is what a download that goes on asks for; anything else is answered with the whole file.
"""

from __future__ import annotations

import http.server
import io
import os
import re
from pathlib import Path
from typing import BinaryIO, Final

_REST: Final = re.compile(r"bytes=(\d{1,18})-")


class Ranges(http.server.SimpleHTTPRequestHandler):
    """Put before the handler whose files are to be served in parts too."""

    def send_head(self) -> io.BytesIO | BinaryIO | None:
        asked = _REST.fullmatch(self.headers.get("Range", ""))
        path = Path(self.translate_path(self.path))
        if asked is None:
            return super().send_head()
        try:
            if not path.is_file():
                return super().send_head()
            file = path.open("rb")
        except OSError:
            self.send_error(404)
            return None
        try:
            at, size = int(asked[1]), os.fstat(file.fileno()).st_size
            if at >= size:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{size}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                file.close()
                return None
            file.seek(at)
            self.send_response(206)
            self.send_header("Content-Type", self.guess_type(str(path)))
            self.send_header("Content-Range", f"bytes {at}-{size - 1}/{size}")
            self.send_header("Content-Length", str(size - at))
            self.end_headers()
        except BaseException:
            file.close()
            raise
        return file
