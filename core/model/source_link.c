#include "core/model/source_link.h"

enum { NUMBER_MAX = 9, REPOSITORY_MAX = 200, COMMIT_MAX = 64, LONGEST = 4000 };

/* How each host writes its pages. */
struct host {
    struct sv provider; /* as AWS names it */
    struct sv base;
    struct sv commit;
    struct sv request;
};
/* clang-format off */
static const struct host hosts[] = {
    {{"GitHub", 6},    {"https://github.com/", 19},    {"/commit/", 8},   {"/pull/", 6}},
    {{"GitLab", 6},    {"https://gitlab.com/", 19},    {"/-/commit/", 10}, {"/-/merge_requests/", 18}},
    {{"Bitbucket", 9}, {"https://bitbucket.org/", 22}, {"/commits/", 9},  {"/pull-requests/", 15}},
};
/* clang-format on */

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The value of a query's member: AWS writes a repository's slash as it is. */
static struct sv member(struct sv url, struct sv name)
{
    ptrdiff_t at = sv_find(url, name);
    struct sv rest;

    return at < 0 ? SV("") : sv_cut(sv_drop(url, (size_t)at + name.len), '&', &rest);
}

static bool is_all(struct sv text, bool (*is_fine)(char), bool may_have_slash)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_slash = text.ptr[i] == '/' && i > 0 && i + 1 < text.len;

        if (!is_fine(text.ptr[i]) && !(is_slash && may_have_slash))
            return false;
    }
    return text.len > 0;
}

enum err_code source_link_commit(struct sv url, struct sv provider, struct sb *out, struct err *err)
{
    struct sv repository = member(url, SV("&FullRepositoryId="));
    struct sv commit = member(url, SV("&Commit="));

    if (sv_find(url, SV("/connections/redirect?")) < 0 || repository.len > REPOSITORY_MAX ||
        commit.len > COMMIT_MAX || !is_all(repository, is_name_char, true) ||
        !is_all(commit, is_name_char, false))
        return ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        if (sv_eq(hosts[i].provider, provider))
            return sb_addf(out, err, SV_FMT SV_FMT SV_FMT SV_FMT, SV_ARG(hosts[i].base),
                           SV_ARG(repository), SV_ARG(hosts[i].commit), SV_ARG(commit));
    }
    return ERR_OK;
}

/* ---- pull requests ---- */

/* The number behind the mark, when what follows it is the end or one of these. */
static struct sv number_behind(struct sv text, struct sv mark, const char *ends)
{
    ptrdiff_t at = sv_find(text, mark);
    struct sv rest = at < 0 ? SV("") : sv_drop(text, (size_t)at + mark.len);
    size_t len = 0;

    while (len < rest.len && len < NUMBER_MAX && is_digit(rest.ptr[len]))
        len++;
    if (len == 0 || (len < rest.len && strchr(ends, rest.ptr[len]) == NULL))
        return SV("");
    return sv_take(rest, len);
}

/* "See merge request acme/app!7", on a line of its own below the title. */
static struct sv merge_request(struct sv message)
{
    ptrdiff_t at = sv_find(message, SV("See merge request "));
    struct sv rest;

    if (at < 0)
        return SV("");
    return number_behind(sv_cut(sv_drop(message, (size_t)at), '\n', &rest), SV("!"), " \r\n");
}

/* A squashed one's title ends with its number; one in its midst may be an issue's. */
static struct sv squashed(struct sv title)
{
    struct sv trimmed = sv_trim(title);
    size_t at = trimmed.len;

    if (!sv_ends(trimmed, SV(")")))
        return SV("");
    while (at > 0 && trimmed.ptr[at - 1] != '(')
        at--;
    return number_behind(sv_drop(trimmed, at), SV("#"), ")");
}

struct sv source_link_request(struct sv message)
{
    struct sv rest;
    struct sv text = sv_take(message, LONGEST);
    struct sv title = sv_cut(text, '\n', &rest);
    struct sv found = number_behind(title, SV("Merge pull request #"), " \r");

    if (found.len == 0)
        found = number_behind(title, SV("(pull request #"), ")");
    if (found.len == 0)
        found = merge_request(text);
    return found.len > 0 ? found : squashed(title);
}

enum err_code source_link_request_page(struct sv commit_url, struct sv request, struct sb *out,
                                       struct err *err)
{
    if (request.len == 0 || !sv_starts(commit_url, SV("https://")))
        return ERR_OK;
    for (size_t i = 0; i < ARRAY_LEN(hosts); i++) {
        ptrdiff_t at = sv_find(commit_url, hosts[i].commit);
        struct sv commit = at < 0 ? SV("") : sv_drop(commit_url, (size_t)at + hosts[i].commit.len);

        if (!sv_starts(commit_url, hosts[i].base) || !is_all(commit, is_name_char, false))
            continue;
        return sb_addf(out, err, SV_FMT SV_FMT SV_FMT, SV_ARG(sv_take(commit_url, (size_t)at)),
                       SV_ARG(hosts[i].request), SV_ARG(request));
    }
    return ERR_OK;
}
