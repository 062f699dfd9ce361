"""Extensions of pictures: which are read, which are not, and which are camera raw.

All are in lower case and without the dot. Searches go by them, and so does the question what
belongs to a picture.
"""

from __future__ import annotations

from typing import Final

RAW_EXTENSIONS: Final = frozenset(
    b"3fr arw cr2 cr3 crw dcr dng erf iiq kdc mef mos mrw nef nrw orf pef raf rw2 rwl sr2 srf srw "
    b"x3f".split()
)
"""Of camera raw files. Most look like TIFF from inside."""

READ_EXTENSIONS: Final = (
    frozenset(
        # difPy's list, without its duplicates ...
        b"apng bw cdf cur dcx dds dib emf eps fli flc fpx ftex fits gd gd2 gif gbr icb icns iim "
        b"ico im imt j2k jfif jfi jif jp2 jpe jpeg jpg jpm jpf jpx mic mpo msp nc pbm pcd pcx pgm "
        b"png ppm psd pixar ras rgb rgba sgi spi spider sun tga tif tiff vda vst wal webp xbm xpm "
        # ... and what else Pillow and its plugins read.
        b"avif avifs blp bmp btf fit ftc ftu heic heics heif heifs hif j2c jpc jxl pfm pnm psb pxr "
        b"qoi tf8".split()
    )
    | RAW_EXTENSIONS
)
"""What is read, unless `limit_extensions` is off."""

UNREAD_EXTENSIONS: Final = frozenset(
    # Sources of painting and photo programs, drawings, and camera raw that LibRaw calls otherwise.
    b"xcf kra ora pdn psp pspimage cpt clip procreate sai sai2 mdp afphoto afdesign cdr ai svg "
    b"svgz wmf exr hdr dpx cin jxr wdp hdp jls bpg flif dcm djvu cap eip fff mdc bay cine dcs drf "
    b"gpr k25 ptx pxn rwz arq ari".split()
)
"""Of pictures that nothing here decodes: copies of them are found by their bytes,
and only by these. Movies and documents are not among them."""
