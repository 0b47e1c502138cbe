using Latchkey.Tls;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Microsoft.AspNetCore.Hosting;

/// <summary>The one line in Kestrel.</summary>
public static class ListenOptionsKeylessHttpsExtensions
{
    /// <summary>Terminates TLS on this endpoint by the given engine options.</summary>
    public static ListenOptions UseKeylessHttps(this ListenOptions listenOptions, TlsServerOptions options) =>
        throw new NotImplementedException();
}
