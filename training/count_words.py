"""Makes assistant/verification/words.json: English words that are written in lower case, the commonest first.

The verifier weighs words by it without a corpus, and knows by it that a capital which opens a sentence makes no name.

    python -m training.count_words DATA/extractive-qa
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

from training.squad import read
from training.train_reader import FILES

_WORD = re.compile(r"(?<![^\W_])[^\W\d_]+(?:[’'][^\W\d_]+)*")
# Words in fewer paragraphs are left out: misspellings, and what is rare anyway.
_LEAST = 4
_MOST = 8_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of the SQuAD-format files")
    parser.add_argument("--out", type=Path, default=Path("assistant/verification/words.json"))
    options = parser.parse_args()
    lower, capital = Counter[str](), Counter[str]()
    for paragraph in read([options.data / f"{name}.json.gz" for name in FILES])[0]:
        words = set(_WORD.findall(paragraph.text.replace("’", "'")))
        lower.update(word for word in words if word.islower())
        capital.update(word.lower() for word in words if not word.islower())
    kept = [word for word, count in lower.most_common() if count >= _LEAST and count > capital[word] / 2]
    options.out.write_text(json.dumps(kept[:_MOST], ensure_ascii=False, indent=0) + "\n", "utf-8")
    print(f"{len(kept[:_MOST])} of {len(lower)} words")


if __name__ == "__main__":
    main()
