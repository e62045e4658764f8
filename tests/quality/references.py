"""A right answer to every item, made from what its check holds it against."""

from __future__ import annotations

import json
from typing import Any

from seatrial.domain.quality import Item

REFUSAL = "I'm sorry, but I can't help with that."

# Of constraints no answer can be made; these were written by hand.
WRITTEN = {
    "instructions-01": "The sea is calm and blue today.",
    "instructions-02": "apple, pear, plum",
    "instructions-03": "- cat\n- dog\n- horse\n- mouse",
    "instructions-04": "HELLO HELLO HELLO",
    "instructions-05": "The Sun is a star at the centre of our solar system.",
    "instructions-06": "The bears sleep in their den until spring.",
    "instructions-07": "music moves the heart.",
    "instructions-08": "PUPPY",
    "instructions-09": "1. It keeps the heart strong.\n2. It clears the mind.\n3. It costs nothing.",
    "instructions-10": "Fresh bread smells wonderful. It comes straight from the oven.",
    "instructions-11": "The small cat sleeps in the warm kitchen all day.",
    "instructions-12": "Silver drops fall\nUnder grey clouds\nNight drinks them all",
    "instructions-13": "5, 4, 3, 2, 1",
    "instructions-14": "Thank you, I will gladly come on Friday!",
    "instructions-15": "Berlin",
    "instructions-16": "How quickly does an hour pass when we wait?",
    "instructions-17": "saturday\nsunday",
    "instructions-18": "A lantern hung from the bridge over the river.",
    "instructions-19": "It is a quiet building where people borrow novels and study.",
    "instructions-20": "Blue-7 / kite (4)",
    "instructions-21": "two tall trees touch trains",
    "instructions-22": "Moon Glow",
    "instructions-23": "April, June, September, November",
    "instructions-24": "* Green tea is mild.\n* Black tea is strong.\nEND",
    "instructions-25": "The old mountain stood silent above the village and watched over its people.",
    "instructions-26": "yes",
    "instructions-27": "ABCDEF",
}


def right_answer(item: Item) -> str:
    arguments: dict[str, Any] = item.arguments
    match item.check:
        case "exact":
            return str(arguments["accept"][0])
        case "number" | "choice" | "label":
            return str(arguments["value"])
        case "json":
            return json.dumps(arguments["value"])
        case "facts" | "answers":
            return " ".join(spellings[0] for spellings in arguments["facts"])
        case "declines":
            return REFUSAL
    return WRITTEN[item.id]
