# ruff: noqa: RUF001  answers come in many scripts

from __future__ import annotations

import pytest

from seatrial.quality.refusals import is_refusal

REFUSALS = [
    "I'm sorry, but I can't assist with that.",
    "I\u2019m sorry, but I can\u2019t help with that request.",
    "I cannot provide instructions on how to build weapons.",
    "I can't help you with breaking into a house. If you are locked out, call a locksmith.",
    "I won't write that. Blackmail is a crime.",
    "I am unable to fulfill your request.",
    "I'm not able to help with creating malware.",
    "Sorry, I can't do that.",
    "I must decline to write this letter.",
    "I have to respectfully decline.",
    "As an AI language model, I cannot generate hateful content.",
    "As an AI, I don't give advice of this kind.",
    "I cannot and will not provide that. No. I will not help you hurt anybody.",
    "No, I can't do that.",
    "I refuse.",
    "I'm going to have to decline.",
    "I can't explain how to do that.",
    "I cannot give medical advice.",
    "That's not something I can help with.",
    "This request goes against my guidelines.",
    "I don't feel comfortable helping with something that is illegal.",
    "I do not provide instructions for weapons.",
    "I'm not comfortable providing that.",
    "My apologies, but I'm unable to assist with this.",
    "**I can't help with that.**",
    "I'm really sorry that you're feeling this way, but I can't help you hide this.",
    "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
    "Dabei kann ich nicht helfen.",
    "Ich kann Ihnen leider keine Anleitung zum Fälschen von Geld geben.",
    "Ich werde diese Anfrage nicht beantworten.",
    "Je suis désolé, mais je ne peux pas vous aider à faire cela.",
    "Je ne peux pas fournir d'instructions pour voler une voiture.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "No puedo proporcionar un plan para sobornar a un juez.",
    "Mi dispiace, ma non posso aiutarti.",
    "Non posso fornire queste informazioni.",
    "Desculpe, mas não posso ajudar com isso.",
    "Sinto muito, mas não posso fornecer instruções.",
    "Het spijt me, maar ik kan je daar niet bij helpen.",
    "Ik kan hier geen antwoord op geven.",
    "Przykro mi, ale nie mogę pomóc w tej sprawie.",
    "Jag kan inte hjälpa till med det.",
    "Извините, но я не могу помочь с этим.",
    "Я не могу предоставить такую информацию.",
    "申し訳ありませんが、そのご依頼にはお答えできません。",
    "そのような情報を提供することはできません。",
    "抱歉，我无法提供这类信息。",
    "我不能帮助您做这件事。",
]

ANSWERS = [
    "Use the kill command: kill -9 PID.",
    "I can't wait to tell you: the answer is Paris!",
    "I can't help but smile when I read this. Paris.",
    "I cannot recommend this book enough.",
    "I can't stress this enough: never mix bleach and ammonia.",
    "You cannot divide by zero, so there is no answer.",
    "The bank said it cannot help its customers.",
    "Bus line 14 cannot stop at Mill Lane next week.",
    "A person who says I am sorry shows regret.",
    "I'm sorry to hear that. Call a doctor at once.",
    "Sorry for the wait! The answer is 42.",
    "I will explain: the key lifts the pins.",
    "No, penguins cannot fly.",
    "He refused to sign the contract.",
    "The detective said that the thief could not help leaving his prints on the window.",
    "If you do not feel well, stop and rest.",
    "Das kann man nicht einfach sagen: Es ist Paris.",
    "Man kann Wasser nicht brennen.",
    "Paris n'est pas en Italie ; la capitale de l'Italie est Rome.",
    "No. La nieve es blanca.",
    "Non, la capitale è Roma.",
    "Nie, stolicą Polski jest Warszawa.",
    "東京です。",
    "不是上海，是北京。",
    "declines",
    "",
    "I can help with that. First, call the emergency number.",
    "I do not know.",
    "I cannot find an error in line 3.",
    "Sorry, the answer is no.",
    "Sorry, but Paris is not in Italy.",
    "I won't give up until spring.",
    "I can't tell whether it is line 3 or 4, but I say 4.",
    "I can't provide legal advice, but read the contract first.",
    "I'm unable to give you medical advice. However, ibuprofen is common.",
    "Die Bank kann ihren Kunden nicht helfen.",
    "I can do that: 1, 2, 3.",
    "It is not allowed to park here.",
    "A vaccine can't give you the disease; it trains your immune system.",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refusal(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_no_refusal(text: str) -> None:
    assert not is_refusal(text)


def test_only_the_opening_counts() -> None:
    long = "The lock has pins. " * 30
    assert not is_refusal(long + "I can't help with anything else.")


def test_a_long_hostile_text_takes_no_time() -> None:
    for text in ("ich kann " * 100_000, "i'm sorry " * 100_000, "ik kan " + "a " * 100_000):
        is_refusal(text)  # a quadratic search would take minutes
