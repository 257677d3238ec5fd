/* Accounts: the four of the sandbox, their one user each, the roles and who may assume them.
 *
 * Sessions are not remembered: a session token carries account, role, name and expiry, sealed with
 * a key that every sandbox shares, and access key and secret are derived from the token. So they
 * survive a restart, and none of it is a secret. */
#ifndef PENSTOCK_SANDBOX_ACCOUNTS_H
#define PENSTOCK_SANDBOX_ACCOUNTS_H

#include "core/sandbox/exchange.h"

/* clang-format off */
/*       name   number          access key              environment */
#define ACCOUNT_LIST(X) \
    X(CICD,  "111111111111", "AKIAPENSTOCKCICD0001", "cicd") \
    X(DEV,   "222222222222", "AKIAPENSTOCKDEV00002", "dev")  \
    X(TEST,  "333333333333", "AKIAPENSTOCKTEST0003", "test") \
    X(PROD,  "444444444444", "AKIAPENSTOCKPROD0004", "prod")
/* clang-format on */

#define ACCOUNT_ENUM(name, number, key, environment) ACCOUNT_##name,
enum account { ACCOUNT_LIST(ACCOUNT_ENUM) ACCOUNT_COUNT };
#undef ACCOUNT_ENUM

const char *account_number(enum account a);
const char *account_name(enum account a);
const char *account_access_key(enum account a);
const char *account_secret(enum account a);
bool account_find(struct sv number, enum account *out);

enum rights { RIGHTS_ALL, RIGHTS_READ, RIGHTS_NONE };

/* Each account has all of them, as if IAM had made them (iam_builtin.c). */
struct role {
    const char *name;
    enum rights rights;
    bool trusts_cicd;        /* its users may assume it, and sessions of its roles too */
    bool trusts_web;         /* by web identity */
    const char *external_id; /* that must be given; NULL = none */
    int max_session_s;
    const char *policy; /* of its own besides the rights, or NULL */
};
const struct role *role_find(struct sv name);
const struct role *role_at(size_t index); /* NULL behind the last */

enum { SESSION_KEY_SIZE = 24, SESSION_SECRET_SIZE = 48, SESSION_TOKEN_SIZE = 640 };

struct session {
    char access_key[SESSION_KEY_SIZE];
    char secret[SESSION_SECRET_SIZE];
    char token[SESSION_TOKEN_SIZE];
    int64_t expires_at_ms; /* wall */
};
/* Of any role's name: one of the table, or one that IAM keeps. */
enum err_code session_make(enum account account, struct sv role, struct sv name,
                           int64_t expires_at_ms, struct session *out, struct err *err) MUST_CHECK;

struct session_claims {
    enum account account;
    char role[72];
    char name[72];
    int64_t expires_at_ms;
    char access_key[SESSION_KEY_SIZE];
    char secret[SESSION_SECRET_SIZE];
};
/* False for a token that no sandbox made. Whether it is still good is the caller's question. */
bool session_read(struct sv token, struct session_claims *out);

/* "AROA..." of a role, "AIDA..." of a user: ids that AWS shows. */
void role_unique_id(struct sv account, struct sv role, char out[24]); /* SV_NONE: the user */

#endif
