using Latchkey.Crypto;
using Latchkey.Tls.Sessions;

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

    /// <summary>Remembers the tickets used up, for sites whose tickets are accepted once. By default one for all listeners of the process.</summary>
    public SingleUseTickets UsedTickets { get; init; } = SingleUseTickets.OfThisProcess;

    /// <summary>Decides about early data, for sites that accept it. By default one for all listeners of the process.</summary>
    public EarlyDataGuard EarlyDataGuard { get; init; } = EarlyDataGuard.OfThisProcess;

    internal Driver.HandshakeAdmission Admission { get; } = new();
}
