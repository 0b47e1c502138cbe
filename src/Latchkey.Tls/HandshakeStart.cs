using Latchkey.Tls.Messages;

namespace Latchkey.Tls;

/// <summary>
/// Where the handshakes of both versions begin: the ClientHello has been read and parsed, the site is chosen; before a
/// version's own handshake, the version is settled and set on the channel. <c>Tls12.ServerHandshake.RunAsync(HandshakeChannel, HandshakeStart, CancellationToken)</c> and
/// its TLS 1.3 counterpart take it from here to the last Finished, leave the application keys set on the channel, and return
/// what was agreed.
/// </summary>
/// <remarks>The channel reports messages to the observer; handshakes report key operations only.</remarks>
internal sealed record HandshakeStart
{
    /// <summary>Cryptography, clock, limits.</summary>
    public required TlsServerOptions Options { get; init; }

    /// <summary>Addresses of the connection.</summary>
    public required TlsEndPoints EndPoints { get; init; }

    /// <summary>The site the hello asks for.</summary>
    public required TlsSite Site { get; init; }

    /// <summary>The first ClientHello as a message, for the transcript.</summary>
    public required HandshakeMessage HelloMessage { get; init; }

    /// <summary>The same, parsed.</summary>
    public required ClientHello Hello { get; init; }

    /// <summary>An observer, or null.</summary>
    public HandshakeObserver? Observer { get; init; }
}
