using Latchkey.Crypto;

namespace Latchkey.Tls;

/// <summary>What a server side connection needs to know; one object serves all connections of a listener.</summary>
public sealed class TlsServerOptions
{
    /// <summary>Finds the site for a ClientHello.</summary>
    public required ISiteSelector Sites { get; init; }

    /// <summary>Bounds against misbehaving peers.</summary>
    public TlsLimits Limits { get; init; } = new();

    /// <summary>Does the cryptography.</summary>
    public CryptoProvider Crypto { get; init; } = CryptoProvider.Default;

    /// <summary>The clock of timeouts and tickets.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    internal Driver.HandshakeAdmission Admission { get; } = new();
}
