"""The bundled plugins, imported as ``pymesh.plugins`` (a link to this folder)."""
