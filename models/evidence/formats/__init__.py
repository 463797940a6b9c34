"""The picture formats we accept, each walked by its structure without decoding a pixel."""
