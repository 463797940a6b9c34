Poster = poster_pdf = poster_png = None
