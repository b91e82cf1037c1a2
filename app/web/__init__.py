from werkzeug.wrappers import Response

ViewResult = str | tuple[str, int] | Response
