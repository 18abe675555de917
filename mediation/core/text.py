import re
import unicodedata

# Control characters but tab and line end, and halves of characters (Unicode categories Cc, Cs).
NOT_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


def in_one_form(text: str) -> str:
    """What people typed as it is stored: one kind of line end, composed characters (NFC), no
    control characters but tab and line end, no blanks around it.
    """
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return NOT_TEXT.sub("", composed).strip()
