"""The application's version and the protocol's, and the rule for raising each.

VERSION follows the releases. The protocol has a version of its own: MINOR rises when a verb or an
optional field or a kind of event is added (older peers go on working), MAJOR when a peer that does
not know the change would misunderstand it: a field that went or means something else, a new value
where the old ones were listed, a new kind of row, another default of a field that requests leave
out. Peers with different MAJOR refuse each other with a typed error. A client that is newer, by
protocol or application, replaces an older daemon that is idle.
"""

VERSION = "2.0.0"
PROTOCOL_MAJOR = 2
PROTOCOL_MINOR = 0
