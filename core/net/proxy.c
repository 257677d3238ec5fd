/* Proxies from the environment, by the rules of the AWS CLI (Python's getproxies): a name in lower
 * case wins over the same in upper case, and an empty one in lower case switches it off; NO_PROXY
 * is a list of host suffixes, "*" is all. libcurl's own reading differs (it ignores HTTP_PROXY), so
 * it is told the answer. */
#include "core/net/url.h"

static const char *variable(const char *lower, const char *upper)
{
    const char *value = getenv(lower);

    if (value == NULL)
        value = getenv(upper);
    return value == NULL ? "" : value;
}

static bool ends_in(struct sv text, struct sv domain)
{
    struct sv tail;

    if (sv_eq_nocase(text, domain))
        return true;
    if (text.len <= domain.len)
        return false;
    tail = sv_drop(text, text.len - domain.len - 1);
    return tail.ptr[0] == '.' && sv_eq_nocase(sv_drop(tail, 1), domain);
}

static bool is_bypassed(const struct url *url)
{
    struct sv rest = sv_of(variable("no_proxy", "NO_PROXY"));

    if (sv_eq(rest, SV("*")))
        return true;
    while (rest.len > 0) {
        struct sv name = sv_trim(sv_cut(rest, ',', &rest));

        while (name.len > 0 && name.ptr[0] == '.')
            name = sv_drop(name, 1);
        if (name.len > 0 && (ends_in(url->host, name) || ends_in(url->authority, name)))
            return true;
    }
    return false;
}

const char *proxy_for_url(const struct url *url)
{
    const char *proxy;

    if (is_bypassed(url))
        return "";
    /* A CGI script's HTTP_PROXY is a header that the client chose. */
    if (url->is_tls)
        proxy = variable("https_proxy", "HTTPS_PROXY");
    else if (getenv("REQUEST_METHOD") != NULL)
        proxy = variable("http_proxy", "http_proxy");
    else
        proxy = variable("http_proxy", "HTTP_PROXY");
    return proxy[0] != '\0' ? proxy : variable("all_proxy", "ALL_PROXY");
}
