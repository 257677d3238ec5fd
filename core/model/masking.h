/* Masking: values that look like secrets are replaced by "***" before a log is kept.
 *
 *   AKIA... ASIA...                       AWS access key ids: 20 capitals and digits
 *   eyJ....eyJ....                        JSON web tokens
 *   gh?_ github_pat_ glpat- npm_ xox?- sk_live_ AIza...   tokens whose makers mark them
 *   Bearer WORD, Authorization: ...       what authorises a request
 *   -----BEGIN ... PRIVATE KEY-----       up to its END, over lines and events, at most 200 lines
 *   scheme://user:PASSWORD@host           the password
 *   NAME=VALUE NAME: VALUE "NAME": "VALUE" --NAME VALUE    where NAME ends in password, passwd,
 *                                         passphrase, secret, token, api_key, access_key,
 *                                         private_key or credentials, in any case
 *
 * What only looks random is left: a commit's id, a digest and an ARN look so too. Neither are
 * references to a variable or a store masked, nor tokens that only turn pages. It finds what is
 * written in the usual ways; it is no proof that nothing else is secret. */
#ifndef PENSTOCK_MODEL_MASKING_H
#define PENSTOCK_MODEL_MASKING_H

#include "core/base/text.h"

/* What goes on from one text to the next: texts are to be masked in their order. */
struct masking {
    int64_t key_lines; /* lines of a private key that has not ended; 0 = in none */
    int64_t count;     /* values masked */
};

/* Adds text, whose lines are divided by '\n'; all other bytes stay as they are. */
enum err_code mask_text(struct masking *m, struct sv text, struct sb *out,
                        struct err *err) MUST_CHECK;

#endif
