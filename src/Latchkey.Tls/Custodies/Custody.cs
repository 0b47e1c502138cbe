using System.Net;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;

namespace Latchkey.Tls.Custodies;

/// <summary>
/// Who holds which secret of a handshake. A handshake asks the two holders this creates for what it needs; whether they
/// compute here or far away is their business. Every embodiment cuts the chain premaster → master → key block → Finished →
/// ticket (TLS 1.3: shared secret → handshake → traffic → resumption secrets) at another place (DESIGN, "The engine").
/// </summary>
/// <remarks>One object per certificate, thread-safe; the holders serve one handshake each.</remarks>
public abstract class Custody
{
    /// <summary>The configured name: <c>local</c>, <c>signature</c>, <c>premaster</c> …</summary>
    public abstract string Name { get; }

    /// <summary>The holder of one TLS 1.2 handshake's secrets.</summary>
    public abstract Tls12KeyHolder BeginTls12(HandshakeFacts facts);

    /// <summary>The holder of one TLS 1.3 handshake's secrets.</summary>
    public abstract Tls13KeyHolder BeginTls13(HandshakeFacts facts);
}

/// <summary>What is known when a custody comes in: after ClientHello, with site and certificate chosen.</summary>
public sealed record HandshakeFacts
{
    /// <summary>The provider for what is computed here.</summary>
    public required CryptoProvider Crypto { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider TimeProvider { get; init; }

    /// <summary>The hello that entered the transcript: policy uses no other (attack 21).</summary>
    public required ClientHello ClientHello { get; init; }

    /// <summary>The certificate to be presented.</summary>
    public required TlsCertificate Certificate { get; init; }

    /// <summary>SNI, lower-cased; null where absent.</summary>
    public required string? ServerName { get; init; }

    /// <summary>Addresses of the connection.</summary>
    public required TlsEndPoints EndPoints { get; init; }

    /// <summary>The suite chosen.</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>What the end of the server random must say (RFC 8446 §4.1.3).</summary>
    public required DowngradeSentinel Sentinel { get; init; }

    /// <summary>An observer, or null.</summary>
    public HandshakeObserver? Observer { get; init; }
}

/// <summary>The last eight bytes of a server random, RFC 8446 §4.1.3.</summary>
public enum DowngradeSentinel : byte
{
    /// <summary>None: the highest version we have was negotiated.</summary>
    None = 0,
    /// <summary><c>DOWNGRD\x01</c>: TLS 1.2 negotiated by a server that has TLS 1.3.</summary>
    Tls12 = 1,
}
