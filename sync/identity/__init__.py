"""Who is who between registers and headquarters: certificates, how a register gets its first one, and what it is told over them.

Headquarters is a certificate authority of its own (`authority`). Every register has a certificate that bears its name; the
broker takes that name for the user and opens this register's topics only (`packaging/mosquitto/chain.acl`). A register gets
its first certificate for a one-time code (`code`), from the enrolment server (`server`), and from then on speaks with that server
over its certificate once in a while (`visit`): it renews the certificate, takes the keys that make pseudonyms, takes the list of
what is to be forgotten, and says how far it has forgotten.

**Why the register may trust whom it enrols with.** The code carries 104 bits of the SHA-256 of the authority's certificate. The
register first fetches that certificate over a connection it does not trust, and sends nothing of its own; only what has this
fingerprint becomes its authority. Then it connects anew, with the server's certificate and name verified against that authority,
and only there it says the code's secret. Who sits in between can hand out another certificate and is found out, or break the
connection; to be believed he would have to find a second certificate with the same 104 bits.

**Why headquarters may trust who enrols.** The secret is 80 random bits, and was told to one person. Headquarters keeps a salted
scrypt of it and nothing else, so a copy of its database enrols nobody. A challenge and an answer by HMAC on both sides, or a
PAKE, would do with a shorter code, and for it the server would have to keep what proves the code; a code that is pasted may be
long. The secret is 80 bits strong by itself; wrong guesses are counted all the same, and after `code.MAX_WRONG` the code is
dead.

**What a code is good for.** One register (its name is in the check digits), one key, `code.LIFE` from when it was made. The same
key may ask again, for an answer can be lost on the way; another key is refused. Enrolling anew revokes what the name had before.

Why not EST (RFC 7030) or SCEP: they hand out certificates only, and a register needs the rest in the same step.
"""
