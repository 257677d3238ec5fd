/* Who clones or pushes: HTTP Basic whose password is a signature.
 *
 * User name: the access key, and behind a '%' the session token. Password: time and signature of a
 * request that was never sent, "GIT /v1/repos/NAME" to the host without its port, with neither
 * query nor body. Good for 15 minutes. */
#include <stdarg.h>

#include "core/base/base64.h"
#include "core/base/mem.h"
#include "core/base/time.h"
#include "core/sandbox/accounts.h"
#include "core/sandbox/codecommit_repo.h"
#include "core/sandbox/git.h"
#include "core/sandbox/members.h"

static const int64_t WINDOW_MS = 15 * 60 * 1000;

enum { BASIC_MAX = 4096, REGIONS_MAX = 64, PASSWORD_SIZE = 16 + 64 };

/* What the header claims; points into text. */
struct login {
    struct sb text;
    struct sv access_key;
    struct sv token;
    struct sv time; /* yyyymmddThhmmss */
    struct sv signature;
    int64_t at_ms;
    char secret[SESSION_SECRET_SIZE];
};

static bool read_time(struct sv text, int64_t *ms)
{
    char rfc[24];

    if (text.len != 15 || text.ptr[8] != 'T')
        return false;
    (void)snprintf(rfc, sizeof rfc, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", text.ptr, text.ptr + 4,
                   text.ptr + 6, text.ptr + 9, text.ptr + 11, text.ptr + 13);
    return time_parse_rfc3339(sv_of(rfc), ms);
}

static bool read_login(const struct request *request, struct login *login)
{
    struct sv encoded;
    struct sv user;
    struct sv password;

    if (!sv_eq_nocase(sv_cut(request_header(request, "Authorization"), ' ', &encoded),
                      SV("Basic")) ||
        base64_decode(encoded, &login->text, NULL))
        return false;
    user = sv_cut(sb_sv(&login->text), ':', &password);
    login->access_key = sv_cut(user, '%', &login->token);
    if (password.len != PASSWORD_SIZE || password.ptr[15] != 'Z')
        return false;
    login->time = sv_take(password, 15);
    login->signature = sv_drop(password, 16);
    return read_time(login->time, &login->at_ms);
}

static void identify_user(struct request *request, enum account account)
{
    request->who = (struct identity){.account = sv_of(account_number(account))};
    (void)snprintf(request->arn, sizeof request->arn, "arn:aws:iam::%s:user/ops",
                   account_number(account));
    request->who.arn = sv_of(request->arn);
}

static void identify_session(struct request *request, const struct session_claims *claims)
{
    request->who = (struct identity){.account = sv_of(account_number(claims->account)),
                                     .role = role_find(sv_of(claims->role))};
    (void)snprintf(request->arn, sizeof request->arn, "arn:aws:sts::%s:assumed-role/%s/%s",
                   account_number(claims->account), claims->role, claims->name);
    request->who.arn = sv_of(request->arn);
    request->who.role_name = sv_make(strchr(request->arn, '/') + 1, strlen(claims->role));
}

/* The secret that belongs to the access key; false when nobody has that key, or no more. */
static bool find_secret(struct login *login, struct request *request, int64_t now_ms)
{
    struct session_claims claims;

    if (login->token.ptr != NULL) {
        if (!session_read(login->token, &claims) || now_ms >= claims.expires_at_ms ||
            !sv_eq(login->access_key, sv_of(claims.access_key)))
            return false;
        (void)snprintf(login->secret, sizeof login->secret, "%s", claims.secret);
        identify_session(request, &claims);
        return true;
    }
    for (int a = 0; a < ACCOUNT_COUNT; a++) {
        if (sv_eq(login->access_key, sv_of(account_access_key((enum account)a)))) {
            (void)snprintf(login->secret, sizeof login->secret, "%s",
                           account_secret((enum account)a));
            identify_user(request, (enum account)a);
            return true;
        }
    }
    return false;
}

/* The password has no scope. At AWS the host names the region; on loopback there is no such host,
 * so any region is taken in which the account has a repository of that name. */
struct regions {
    struct sv account;
    struct sv repository;
    char names[REGIONS_MAX][GIT_REGION_MAX];
    size_t count;
};

/* A seeded one is nothing that git could read. */
static enum err_code note_region(void *owner, const struct record_key *key, const cJSON *value,
                                 bool *goes_on, struct err *err UNUSED)
{
    struct regions *r = owner;

    if (!json_bool(value, "IsSeeded", false) && sv_eq(key->account, r->account) &&
        sv_eq(key->name, r->repository) && key->region.len < GIT_REGION_MAX)
        (void)snprintf(r->names[r->count++], GIT_REGION_MAX, SV_FMT, SV_ARG(key->region));
    *goes_on = r->count < REGIONS_MAX;
    return ERR_OK;
}

/* git-codecommit.REGION.amazonaws.com: then only that one. */
static void keep_host(struct sv host, struct regions *r)
{
    struct sv region;

    if (!sv_starts(host, SV("git-codecommit.")) || sv_find(host, SV(".amazonaws.com")) < 0)
        return;
    region = sv_cut(sv_drop(host, strlen("git-codecommit.")), '.', &host);
    for (size_t i = 0; i < r->count; i++) {
        if (sv_eq(region, sv_of(r->names[i]))) {
            (void)snprintf(r->names[0], GIT_REGION_MAX, SV_FMT, SV_ARG(region));
            r->count = 1;
            return;
        }
    }
    r->count = 0;
}

static enum err_code sign(struct sign_keys *keys, const struct login *login, struct sv path,
                          struct sv host, const char *region, char out[SIGN_HEX_SIZE],
                          struct err *err)
{
    CLEANUP(sb_release) struct sb text;
    struct sign_input in = {
        .region = sv_of(region), .service = SV("codecommit"), .time_ms = login->at_ms};
    char hash[SIGN_HEX_SIZE];
    enum err_code rc;

    sb_init(&text, BASIC_MAX);
    /* The canonical request ends before its payload's hash, and the time has no Z. */
    rc = sb_addf(&text, err, "GIT\n" SV_FMT "\n\nhost:" SV_FMT "\n\nhost\n", SV_ARG(path),
                 SV_ARG(host));
    if (!rc)
        rc = sign_hash(sb_sv(&text), hash, err);
    sb_clear(&text);
    if (!rc)
        rc =
            sb_addf(&text, err, "AWS4-HMAC-SHA256\n" SV_FMT "\n%.8s/%s/codecommit/aws4_request\n%s",
                    SV_ARG(login->time), login->time.ptr, region, hash);
    return rc ? rc : sign_signature(keys, sv_of(login->secret), &in, sb_sv(&text), out, err);
}

static bool same(struct sv a, struct sv b)
{
    unsigned differences = a.len == b.len ? 0 : 1;

    for (size_t i = 0; i < a.len && i < b.len; i++)
        differences |= (unsigned)(a.ptr[i] ^ b.ptr[i]);
    return differences == 0;
}

/* The first region that fits; "" when none does. */
static enum err_code verify(const struct login *login, const struct regions *r, struct sv path,
                            struct sv host, char region[GIT_REGION_MAX], struct err *err)
{
    struct sign_keys *keys;
    char signature[SIGN_HEX_SIZE];
    enum err_code rc = sign_keys_new(&keys, err);

    if (rc)
        return rc;
    region[0] = '\0';
    for (size_t i = 0; i < r->count && !rc && region[0] == '\0'; i++) {
        rc = sign(keys, login, path, host, r->names[i], signature, err);
        if (!rc && same(login->signature, sv_of(signature)))
            (void)snprintf(region, GIT_REGION_MAX, "%s", r->names[i]);
    }
    sign_keys_free(keys);
    return rc;
}

static enum err_code check_permission(struct service *s, const struct git_request *git,
                                      struct request *request, const char *region,
                                      struct reply *reply, bool *may, struct err *err)
{
    const struct identity *who = &request->who;
    char role[160];
    char action[64];
    char arn[256];
    enum err_code rc = ERR_OK;

    *may = true;
    if (who->role != NULL) {
        *may =
            who->role->rights == RIGHTS_ALL || (who->role->rights == RIGHTS_READ && !git->is_push);
    } else if (who->role_name.len > 0) {
        (void)snprintf(role, sizeof role, "arn:aws:iam::" SV_FMT ":role/" SV_FMT,
                       SV_ARG(who->account), SV_ARG(who->role_name));
        (void)snprintf(action, sizeof action, "codecommit:" SV_FMT, SV_ARG(request->operation));
        (void)snprintf(arn, sizeof arn, "arn:%s:codecommit:%s:" SV_FMT ":" SV_FMT,
                       arn_partition(sv_of(region)), region, SV_ARG(who->account),
                       SV_ARG(git->repository));
        rc = iam_role_allows(s, sv_of(role), sv_of(action), sv_of(arn), may, err);
    }
    if (!rc && !*may)
        git_refuse(reply, 403, "AccessDeniedException",
                   "User: " SV_FMT " is not authorized to perform: codecommit:" SV_FMT,
                   SV_ARG(who->arn), SV_ARG(request->operation));
    return rc;
}

static enum err_code check_signature(struct service *s, const struct git_request *git,
                                     const struct login *login, struct request *request,
                                     struct reply *reply, char region[GIT_REGION_MAX], bool *may,
                                     struct err *err)
{
    struct regions *r = mem_alloc(sizeof *r);
    struct sv host;
    struct sv rest;
    size_t count;
    enum err_code rc;

    if (r == NULL)
        return mem_err(err);
    host = sv_cut(request_header(request, "Host"), ':', &rest);
    r->account = request->who.account;
    r->repository = git->repository;
    rc = record_each_anywhere(s->records, REPOSITORY_KIND, note_region, r, err);
    keep_host(host, r);
    count = r->count;
    if (!rc)
        rc = verify(login, r, git->path, host, region, err);
    mem_free(r);
    if (rc)
        return rc;
    /* Without a repository there is no region to verify with. */
    if (count > 0 && region[0] == '\0') {
        git_refuse(reply, 403, "InvalidSignatureException",
                   "The signature does not match: it must be made for this host and path, with the "
                   "secret of the access key.");
        return ERR_OK;
    }
    return check_permission(s, git, request, region, reply, may, err);
}

static void refuse_login(struct reply *reply, const char *text)
{
    git_refuse(reply, 401, "Unauthorized", "%s", text);
    reply_header(reply, "WWW-Authenticate", "Basic realm=\"AWS CodeCommit\"");
}

enum err_code git_authenticate(struct service *s, const struct git_request *git,
                               struct request *request, struct reply *reply,
                               char region[GIT_REGION_MAX], bool *may, struct err *err)
{
    struct login login = {0};
    enum err_code rc = ERR_OK;

    *may = false;
    sb_init(&login.text, BASIC_MAX);
    if (!read_login(request, &login))
        refuse_login(reply, "A user name and a password that is a signature are needed.");
    else if (!find_secret(&login, request, s->wall_ms))
        refuse_login(reply, "The security token included in the request is invalid.");
    else if (login.at_ms > s->wall_ms + WINDOW_MS || login.at_ms < s->wall_ms - WINDOW_MS)
        git_refuse(reply, 403, "InvalidSignatureException",
                   "Signature expired: it is good for 15 minutes.");
    else
        rc = check_signature(s, git, &login, request, reply, region, may, err);
    sb_release(&login.text);
    return rc;
}
