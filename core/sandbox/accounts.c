#include "core/sandbox/accounts.h"

#include "core/base/crypto.h"
#include "core/sandbox/ids.h"

static const struct account_row {
    const char *number;
    const char *key;
    const char *name;
} accounts[] = {
#define ACCOUNT_ROW(constant, number, key, name) {number, key, name},
    ACCOUNT_LIST(ACCOUNT_ROW)
#undef ACCOUNT_ROW
};

/* Not secret at all: made up, the same in every sandbox, good for nothing anywhere else. */
static const char *const made_up_keys[] = {
    "penstock/sandbox/cicd/not/a/secret/00001",
    "penstock/sandbox/dev/not/a/secret/000002",
    "penstock/sandbox/test/not/a/secret/00003",
    "penstock/sandbox/prod/not/a/secret/00004",
};
_Static_assert(ARRAY_LEN(made_up_keys) == ACCOUNT_COUNT, "a key per account");

/* May do all but sign off what goes to production: pipelines, stages and actions with "prod" in
 * their names, and the gate before it where the environments are dev, test and prod. */
static const char signs_off_nothing_for_prod[] =
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"NoProductionApprovals\",\"Effect\":"
    "\"Deny\",\"Action\":\"codepipeline:PutApprovalResult\",\"Resource\":["
    "\"arn:aws:codepipeline:*:*:*prod*\",\"arn:aws:codepipeline:*:*:*/ManualApproval-test/*\"]}]}";

static const struct role roles[] = {
    {"penstock-admin", RIGHTS_ALL, true, false, NULL, 43200, NULL},
    {"penstock-readonly", RIGHTS_READ, true, false, NULL, 3600, NULL},
    {"penstock-denied", RIGHTS_NONE, true, false, NULL, 3600, NULL},
    {"penstock-external", RIGHTS_ALL, true, false, "penstock-external-id", 3600, NULL},
    {"penstock-web", RIGHTS_ALL, false, true, NULL, 3600, NULL},
    {"penstock-instance", RIGHTS_ALL, false, false, NULL, 43200, NULL},
    {"penstock-viewer", RIGHTS_READ, true, false, NULL, 43200, NULL},
    {"penstock-operator", RIGHTS_ALL, true, false, NULL, 43200, signs_off_nothing_for_prod},
};

const char *account_number(enum account a)
{
    return accounts[a].number;
}

const char *account_name(enum account a)
{
    return accounts[a].name;
}

const char *account_access_key(enum account a)
{
    return accounts[a].key;
}

const char *account_secret(enum account a)
{
    return made_up_keys[a];
}

bool account_find(struct sv number, enum account *out)
{
    for (int i = 0; i < ACCOUNT_COUNT; i++) {
        if (sv_eq(number, sv_of(accounts[i].number))) {
            *out = (enum account)i;
            return true;
        }
    }
    return false;
}

const struct role *role_find(struct sv name)
{
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (sv_eq(name, sv_of(roles[i].name)))
            return &roles[i];
    }
    return NULL;
}

const struct role *role_at(size_t index)
{
    return index < ARRAY_LEN(roles) ? &roles[index] : NULL;
}

void role_unique_id(struct sv account, struct sv role, char out[24])
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    uint64_t bits = hash_text(account);

    if (role.ptr != NULL)
        bits = hash_mix(bits ^ hash_text(role));
    (void)snprintf(out, 24, role.ptr == NULL ? "AIDA" : "AROA");
    for (int i = 4; i < 21; i++) {
        out[i] = letters[bits & 31];
        bits = hash_mix(bits);
    }
    out[21] = '\0';
}

static const char SEAL_KEY[] = "penstock-sandbox session seal";

/* Base 32 of a keyed hash: access keys and secrets look like AWS's. */
static enum err_code derive(struct sv text, const char *use, const char *prefix, size_t length,
                            char *out, struct err *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char hash[CRYPTO_SHA256_SIZE];
    char key[64];
    size_t at = strlen(prefix);
    enum err_code rc;

    (void)snprintf(key, sizeof key, "%s %s", SEAL_KEY, use);
    rc = crypto_hmac(sv_of(key), text, hash, err);
    if (rc)
        return rc;
    memcpy(out, prefix, at);
    for (size_t i = 0; at < length; i++)
        out[at++] = letters[hash[i % sizeof hash] >> (i / sizeof hash) & 31];
    out[at] = '\0';
    return ERR_OK;
}

/* The first letters are those of real tokens, so whoever looks for them finds ours too. */
static const char TOKEN_PREFIX[] = "IQoJb3JpZ2luX2VjPENSTOCK";

enum { SEAL_LENGTH = 32 };

enum err_code session_make(enum account account, struct sv role, struct sv name,
                           int64_t expires_at_ms, struct session *out, struct err *err)
{
    char seal[SEAL_LENGTH + 1];
    enum err_code rc;

    (void)snprintf(out->token, sizeof out->token, "%s/%s/" SV_FMT "/%lld/" SV_FMT "/", TOKEN_PREFIX,
                   accounts[account].number, SV_ARG(role), (long long)expires_at_ms, SV_ARG(name));
    rc = derive(sv_of(out->token), "seal", "", SEAL_LENGTH, seal, err);
    if (!rc)
        rc = derive(sv_of(out->token), "access", "ASIA", 20, out->access_key, err);
    if (!rc)
        rc = derive(sv_of(out->token), "key", "", 40, out->secret, err);
    if (rc)
        return rc;
    memcpy(out->token + strlen(out->token), seal, sizeof seal);
    out->expires_at_ms = expires_at_ms;
    return ERR_OK;
}

bool session_read(struct sv token, struct session_claims *out)
{
    struct sv rest;
    struct sv body = sv_take(token, token.len > SEAL_LENGTH ? token.len - SEAL_LENGTH : 0);
    struct sv name;
    char seal[SEAL_LENGTH + 1];

    if (body.len == 0 || token.len >= SESSION_TOKEN_SIZE ||
        derive(body, "seal", "", SEAL_LENGTH, seal, NULL) ||
        !sv_eq(sv_drop(token, body.len), sv_of(seal)))
        return false;
    if (!sv_eq(sv_cut(body, '/', &rest), sv_of(TOKEN_PREFIX)) ||
        !account_find(sv_cut(rest, '/', &rest), &out->account))
        return false;
    name = sv_cut(rest, '/', &rest);
    (void)snprintf(out->role, sizeof out->role, SV_FMT, SV_ARG(name));
    if (!sv_to_int(sv_cut(rest, '/', &rest), &out->expires_at_ms))
        return false;
    name = sv_cut(rest, '/', &rest);
    (void)snprintf(out->name, sizeof out->name, SV_FMT, SV_ARG(name));
    return !derive(body, "access", "ASIA", 20, out->access_key, NULL) &&
           !derive(body, "key", "", 40, out->secret, NULL);
}
