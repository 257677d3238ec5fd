/* URLs as far as a client must look into them: where they lead, and whether that is allowed. */
#ifndef PENSTOCK_NET_URL_H
#define PENSTOCK_NET_URL_H

#include "core/base/text.h"

/* Borrowed from the text that was parsed. */
struct url {
    bool is_tls;
    struct sv authority; /* "host:port" as written */
    struct sv host;      /* without port and brackets */
    struct sv path;      /* and query; may be empty */
};

/* ERR_CONFIG for anything but http:// or https:// with a plain host: no user name, no character
 * that two parsers could read in two ways. */
enum err_code url_parse(struct sv text, struct url *out, struct err *err) MUST_CHECK;

bool url_is_loopback(const struct url *url);
/* Loopback, or one of AWS's link-local metadata addresses. */
bool url_may_be_plain(const struct url *url);

/* The proxy that the environment names for it; "" when it is to be asked directly. Borrowed from
 * the environment. */
const char *proxy_for_url(const struct url *url);

#endif
