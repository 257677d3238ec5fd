#include "core/net/url.h"

#include <arpa/inet.h>

static bool is_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           strchr(".-_:[]", c) != NULL;
}

static bool is_path_char(char c)
{
    return c > 0x20 && c < 0x7f && c != '#';
}

static bool has_only(struct sv text, bool (*is_fine)(char))
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || !is_fine(text.ptr[i]))
            return false;
    }
    return true;
}

static bool is_port(struct sv text)
{
    int64_t port;

    return sv_to_int(text, &port) && port > 0 && port < 65536;
}

/* Split "host", "host:port", "[v6]" or "[v6]:port". */
static bool split_authority(struct url *url)
{
    struct sv port = SV_NONE;

    if (url->authority.len > 0 && url->authority.ptr[0] == '[') {
        url->host = sv_cut(sv_drop(url->authority, 1), ']', &port);
        if (port.ptr == NULL || (port.len > 0 && port.ptr[0] != ':'))
            return false;
        port = port.len > 0 ? sv_drop(port, 1) : SV_NONE;
    } else {
        url->host = sv_cut(url->authority, ':', &port);
        if (sv_find(url->host, SV("]")) >= 0)
            return false;
    }
    return url->host.len > 0 && (port.ptr == NULL || is_port(port));
}

enum err_code url_parse(struct sv text, struct url *out, struct err *err)
{
    struct url url = {0};
    struct sv rest;

    if (sv_eq_nocase(sv_take(text, 8), SV("https://"))) {
        url.is_tls = true;
        rest = sv_drop(text, 8);
    } else if (sv_eq_nocase(sv_take(text, 7), SV("http://"))) {
        rest = sv_drop(text, 7);
    } else {
        return err_set(err, ERR_CONFIG, "\"" SV_FMT "\" is no http:// or https:// address",
                       SV_ARG(sv_take(text, 100)));
    }
    for (url.authority = rest; url.authority.len > 0 && rest.len > 0; rest = sv_drop(rest, 1)) {
        if (rest.ptr[0] == '/' || rest.ptr[0] == '?')
            break;
    }
    url.authority.len -= rest.len;
    url.path = rest;
    if (!has_only(url.authority, is_host_char) || !has_only(url.path, is_path_char) ||
        !split_authority(&url))
        return err_set(err, ERR_CONFIG, "the address \"" SV_FMT "\" has no usable host",
                       SV_ARG(sv_take(text, 100)));
    *out = url;
    return ERR_OK;
}

static const char *host_text(const struct url *url, char out[64])
{
    snprintf(out, 64, SV_FMT, SV_ARG(url->host));
    return out;
}

bool url_is_loopback(const struct url *url)
{
    char host[64];
    struct in_addr v4;
    struct in6_addr v6;

    if (sv_eq_nocase(url->host, SV("localhost")))
        return true;
    if (url->host.len >= sizeof host)
        return false;
    if (inet_pton(AF_INET, host_text(url, host), &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == 127;
    return inet_pton(AF_INET6, host, &v6) == 1 && memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

bool url_may_be_plain(const struct url *url)
{
    static const char *const metadata[] = {"169.254.169.254", "169.254.170.2", "169.254.170.23",
                                           "fd00:ec2::254", "fd00:ec2::23"};

    for (size_t i = 0; i < ARRAY_LEN(metadata); i++) {
        if (sv_eq_nocase(url->host, sv_of(metadata[i])))
            return true;
    }
    return url_is_loopback(url);
}
