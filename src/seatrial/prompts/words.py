"""The words prompts are made of: 400 short, very common English words.

Each is one token, at the start of a text and after a space, in the vocabularies of GPT-2, cl100k, o200k, Llama 2,
Llama 3, Mistral 7B and SmolLM2, so that a prompt of n words is n tokens almost anywhere. What a server makes of
them is counted before a run (`calibrate`), never assumed.
"""

from __future__ import annotations

WORDS: tuple[str, ...] = tuple(
    """
time year people way day man thing life child world school state family student group country hand part
place case week company system program question work number night point home water room area story fact
month lot right book job word issue side kind head house service friend father power hour game line end
member law car city name team body information back parent face level door person art war history party
result change reason air force foot boy age policy market plan effect use class control care field role
rate heart show light voice mind price report son view town road arm value building action season tax
position player record paper space ground form event center site project base activity star table need
court cost figure image phone data picture land product wall worker news test support step type film
tree source window energy period course plant term letter condition choice rule floor material call bank
success amount ability machine river stone bridge ship train station fish bird dog cat cow apple rice
sun sky wind cloud spring east west green blue red black white glass wood hat ring watch clock key lock
box bag cup bed yard hall castle king driver writer reader actor engine wire radio camera screen button
page match ball score map path hill leaf root seed bean shop store club library park border gate pool
ear mouth leg sleep rest secret answer grade vote flag ice wave current rock mine pipe tool chain hook
net wing tail fur shell horn web hole deep high low long short wide fast quick late hot soft hard clean
clear dark rich strong weak free open close full empty left next single double half good see without
small general public put find look days social present order important large big four children best ever
members although help human making available likely known simple special total common real local major
main final basic normal original legal private natural global active complete correct direct equal extra
false fit five six ten zero allow apply ask begin build catch collect continue copy count cover create
cut design develop draw drive drop enter exist express fall fill fix fly follow hang hide hit hold
include install join keep learn link live load mark mean miss mix move note pack pass pay pick play
press print pull push raise read remove repeat replace
""".split()  # noqa: SIM905  400 quoted words would be unreadable
)
