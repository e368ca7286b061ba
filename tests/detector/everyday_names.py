# SPDX-License-Identifier: Apache-2.0
"""What names are made of: words, sites, and the tokens that machines put into names."""

import base64
import csv
import hashlib
import random

WORDS = """able acorn active advance agency air alpha amber anchor apple arc arrow art atlas auto
bay bank base beach bear best big bike bird black blue board boat bold book box brand bread bridge
bright brook build bus cafe camp car card care castle cat center chain cheap chef child choice city
class clean clear click clinic cloud club coach coast code coffee cook cool corner craft credit crew
crown cube cycle daily dance data day deal deep dental design digital direct dog door dream drive
eagle early earth east easy eco edge elite energy engine estate euro event ever expert express eye
fair family farm fashion fast feed field film finance find fire first fish fit flower fly food foot
forest forum fox free fresh friend fun future game garden gate gift girl glass global go gold golf
good grand graph green grid group grow guide hair hand happy harbor health heart hill home honey
hope horse host hotel house hub ideal image info ink inn island jet jobs joy jump key kids king
kitchen lab lake land law leaf learn legal life light line link lion list live local lock logic long
love luck lunar mail main map mark market master media meet metal micro mind mini mobile money moon
motor mount movie music nature neo net new news nice night north note novel now oak ocean office
online open orange organic outdoor over page paint paper park part party pass path pay peak pearl
pet phone photo pilot pixel pizza place plan planet plant play plus point pop port post power press
prime print pro pulse pure quick quiet race radio rain reach real red rent repair rest rich ride
ring rise river road rock room rose royal run safe sail sale salon sand save school science sea
search second secure seed sense shape share ship shop short show side sign silver simple site sky
sleep smart smile snow social soft solar solid song soul sound south space spark speed spirit sport
spot spring square staff stage star start station stay steel step stock stone store storm story
stream street strong studio style summer sun super surf swift table talent talk taste team tech
tele ten terra test texas text theme think tiger time tiny tip tool top total touch tour town toy
track trade trail train travel tree trend trip true trust tube turbo twin ultra union unit up urban
valley value van vector verde view village vision vital voice wall water wave way wear web wedding
well west wheel white wild wind wine wing winter wise wolf women wonder wood word work world write
yard year yellow yes yoga young zen zero zone""".split()
ENDINGS = ("com",) * 12 + ("net", "org", "org", "de", "de", "co.uk", "fr", "it", "nl", "es", "pl",
                           "ru", "com.br", "com.au", "io", "co", "info", "eu", "ch", "se", "jp",
                           "in", "ca", "app", "dev", "shop", "online", "cn", "co.jp", "at", "be")
FIRST_NAMES = """anna ben carla david emma felix grace henry irene jack karen leo maria nina oscar
paul quinn rosa sam tina ursula victor wendy xavier yara zoe""".split()
BASE36 = "abcdefghijklmnopqrstuvwxyz0123456789"


class Draw(random.Random):
    """Random tokens as machines write them."""

    def below(self, n):
        return int(self.random() * n)

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def happens(self, share):
        return self.random() < share

    def hex(self, digits):
        return f"{self.getrandbits(4 * digits):0{digits}x}"

    def base32(self, characters):
        text = base64.b32encode(self.randbytes((characters * 5 + 7) // 8)).decode()
        return text[:characters].lower()

    def base36(self, characters):
        return "".join([self.pick(BASE36) for _ in range(characters)])

    def base64(self, characters):
        return base64.urlsafe_b64encode(self.randbytes(characters)).decode()[:characters]

    def letters(self, characters):
        return "".join([self.pick(BASE36[:26]) for _ in range(characters)])

    def uuid(self):
        h = self.hex(32)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"

    def ipv4(self):
        """A public address: no other sends mail, or is asked about, across the Internet."""
        first = self.below(223) + 1
        if first in (10, 127, 169, 172, 192):
            first += 1
        return f"{first}.{self.below(256)}.{self.below(256)}.{self.below(254) + 1}"

    def word(self):
        return self.pick(WORDS)


def reversed_ipv4(text):
    return ".".join(reversed(text.split(".")))


def token_of(name, digits):
    """The same base 36 token for the same name, each time."""
    number, text = int.from_bytes(hashlib.shake_128(name.encode()).digest(digits), "big"), ""
    for _ in range(digits):
        number, rest = divmod(number, 36)
        text += BASE36[rest]
    return text


def read_names(path):
    """The ordinary ones of a list with lines "legit,SOURCE,NAME"."""
    with open(path, encoding="ascii", newline="") as lines:
        return [row[2] for row in csv.reader(lines) if row[0] == "legit"]


def made_name(draw):
    """A name as people register them: two words, with or without a third, a dash, a number."""
    name = draw.word() + ("-" if draw.happens(0.06) else "") + draw.word()
    if draw.happens(0.12):
        name += draw.word()
    elif draw.happens(0.05):
        name += str(draw.pick((1, 2, 4, 24, 7, 365, 360, 99)))
    elif draw.happens(0.05):
        name = draw.letters(2 + draw.below(3)) + draw.word()  # initials
    return f"{name}.{draw.pick(ENDINGS)}"


class Sites:
    """Registered names in the order of their popularity, which follows Zipf's law."""

    def __init__(self, draw, public, count):
        made = [made_name(draw) for _ in range(max(count - len(public), 1000))]
        names = list(public)
        draw.shuffle(names)
        step = max(len(made) // max(len(names), 1), 1)
        for i, name in enumerate(names):  # the public ones are spread over all ranks
            made.insert(min(i * step, len(made)), name)
        self.names = made

    def any(self, draw):
        return self.names[int(len(self.names) ** draw.random()) - 1]

    def rare(self, draw):
        return draw.pick(self.names)
