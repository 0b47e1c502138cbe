using Latchkey.Tls;

namespace Latchkey.Tls.AspNetCore;

/// <summary>
/// What the TLS handshake of this connection agreed on; in <c>HttpContext.Features</c> and in the connection's features, beside
/// ASP.NET Core's own <c>ITlsHandshakeFeature</c>, which has no room for site, group and signature scheme.
/// </summary>
public interface IKeylessHandshakeFeature
{
    /// <summary>Version, suite, group, name, certificate and site.</summary>
    TlsHandshakeInfo Handshake { get; }

    /// <summary>From the accepted connection to the client's Finished, the key server's answer included.</summary>
    TimeSpan Duration { get; }
}
