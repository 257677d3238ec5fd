#include "core/net/cause.h"

#include "core/base/mem.h"

/* Where the connection goes: the proxy, without a password that its URL may have. */
static struct sv peer(const struct transfer *t)
{
    struct sv proxy = sv_of(t->proxy);
    struct sv rest;
    ptrdiff_t at = sv_find(proxy, SV("://"));

    if (proxy.len == 0)
        return sv_of(t->host);
    if (at >= 0)
        proxy = sv_drop(proxy, (size_t)at + 3);
    while (sv_find(proxy, SV("@")) >= 0) {
        sv_cut(proxy, '@', &rest);
        proxy = rest;
    }
    return sv_cut(proxy, '/', &rest);
}

static enum err_code tell_timeout(const struct transfer *t, enum cause cause, struct err *err)
{
    struct sv to = peer(t);
    double connect_s = t->connect_timeout_ms / 1000.0;

    if (cause == CAUSE_DNS_TIMEOUT)
        return err_set(err, ERR_TIMEOUT,
                       "the name " SV_FMT " was not resolved within %g s: check the DNS servers",
                       SV_ARG(to), connect_s);
    if (cause == CAUSE_CONNECT_TIMEOUT)
        return err_set(err, ERR_TIMEOUT,
                       "no connection to " SV_FMT " within %g s: check the network and firewalls",
                       SV_ARG(to), connect_s);
    if (cause == CAUSE_TLS_TIMEOUT)
        return err_set(err, ERR_TIMEOUT,
                       SV_FMT " accepted the connection but did not finish the TLS handshake "
                              "within %g s",
                       SV_ARG(to), connect_s);
    if (cause == CAUSE_IDLE_TIMEOUT)
        return err_set(err, ERR_TIMEOUT, "%s sent nothing for %g s", t->host,
                       t->idle_timeout_ms / 1000.0);
    return err_set(err, ERR_TIMEOUT, "%s did not finish its answer within %g s", t->host,
                   t->total_timeout_ms / 1000.0);
}

static enum err_code tell_tls(const struct transfer *t, enum cause cause, struct err *err)
{
    if (cause == CAUSE_TLS_UNKNOWN_CA)
        return err_set(err, ERR_TLS,
                       "the certificate of %s comes from an unknown authority: name its bundle in "
                       "AWS_CA_BUNDLE or ca_bundle",
                       t->host);
    if (cause == CAUSE_TLS_NAME)
        return err_set(err, ERR_TLS, "the certificate of %s is for another name: check the address",
                       t->host);
    if (cause == CAUSE_TLS_EXPIRED)
        return err_set(err, ERR_TLS,
                       "the certificate of %s has expired: have it renewed, or check the clock",
                       t->host);
    if (cause == CAUSE_TLS_NOT_YET)
        return err_set(err, ERR_TLS, "the certificate of %s is not valid yet: check the clock",
                       t->host);
    if (cause == CAUSE_TLS_REVOKED)
        return err_set(err, ERR_TLS, "the certificate of %s has been revoked", t->host);
    if (cause == CAUSE_TLS_BUNDLE)
        return err_set(err, ERR_TLS,
                       "the certificate bundle %s cannot be read: correct AWS_CA_BUNDLE or "
                       "ca_bundle",
                       t->ca_bundle[0] != '\0' ? t->ca_bundle : "of the system");
    return err_set(err, ERR_TLS, "the TLS handshake with %s failed: %s", t->host, t->detail);
}

static enum err_code tell_connect(const struct transfer *t, enum cause cause, int tunnel_status,
                                  struct err *err)
{
    struct sv to = peer(t);

    if (cause == CAUSE_DNS)
        return err_set(err, ERR_NET,
                       "the name of %s cannot be resolved: check the network, the region and the "
                       "endpoint",
                       t->host);
    if (cause == CAUSE_PROXY_DNS)
        return err_set(err, ERR_NET,
                       "the name of the proxy " SV_FMT " cannot be resolved: check HTTPS_PROXY",
                       SV_ARG(to));
    if (cause == CAUSE_REFUSED)
        return err_set(err, ERR_NET, "%s" SV_FMT " refused the connection",
                       t->proxy[0] != '\0' ? "the proxy " : "", SV_ARG(to));
    if (cause == CAUSE_UNREACHABLE)
        return err_set(err, ERR_NET, "there is no route to " SV_FMT ": check the network",
                       SV_ARG(to));
    if (cause == CAUSE_PROXY_REFUSED)
        return err_set(err, ERR_NET, "the proxy " SV_FMT " refused the way to %s: HTTP %d",
                       SV_ARG(to), t->host, tunnel_status);
    return err_set(err, ERR_NET, "no connection to " SV_FMT ": %s", SV_ARG(to), t->detail);
}

enum err_code cause_tell(const struct transfer *t, enum cause cause, int tunnel_status,
                         struct err *err)
{
    switch (cause) {
    case CAUSE_DNS:
    case CAUSE_PROXY_DNS:
    case CAUSE_REFUSED:
    case CAUSE_UNREACHABLE:
    case CAUSE_CONNECT:
    case CAUSE_PROXY_REFUSED:
        return tell_connect(t, cause, tunnel_status, err);
    case CAUSE_DNS_TIMEOUT:
    case CAUSE_CONNECT_TIMEOUT:
    case CAUSE_TLS_TIMEOUT:
    case CAUSE_IDLE_TIMEOUT:
    case CAUSE_TOTAL_TIMEOUT:
        return tell_timeout(t, cause, err);
    case CAUSE_TLS:
    case CAUSE_TLS_UNKNOWN_CA:
    case CAUSE_TLS_NAME:
    case CAUSE_TLS_EXPIRED:
    case CAUSE_TLS_NOT_YET:
    case CAUSE_TLS_REVOKED:
    case CAUSE_TLS_BUNDLE:
        return tell_tls(t, cause, err);
    case CAUSE_CUT:
        return err_set(err, ERR_NET, "%s closed the connection in the middle of its answer",
                       t->host);
    case CAUSE_NOTHING:
        return err_set(err, ERR_NET, "%s closed the connection without an answer", t->host);
    case CAUSE_NOT_HTTP:
        return err_set(err, ERR_NET, "%s does not speak HTTP: check the endpoint", t->host);
    case CAUSE_BODY_CAP:
        return err_set(err, ERR_LIMIT, "the answer of %s is over %zu bytes", t->host, t->reply.cap);
    case CAUSE_HEAD_CAP:
        return err_set(err, ERR_LIMIT, "the answer of %s has too many header lines", t->host);
    case CAUSE_MEMORY:
        return mem_err(err);
    case CAUSE_OTHER:
        break;
    }
    return err_set(err, ERR_NET, "the exchange with %s failed: %s", t->host, t->detail);
}
