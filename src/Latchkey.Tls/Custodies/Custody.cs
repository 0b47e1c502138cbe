using System.Net;
using Latchkey.Crypto;
using Latchkey.Tls.Messages;
using Latchkey.Tls.Sessions;

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

    /// <summary>Conducts whole handshakes elsewhere (K6, K7): then neither of the two holders is asked for. null: they are conducted here.</summary>
    public virtual Relay.HandshakeRelay? Relay => null;

    /// <summary>
    /// Whether sessions are kept by the holder of the secrets (R2, R4, R9), because the edge does not have what they are resumed with. Then the
    /// stores of <see cref="ResumptionOptions"/> are not used, and the two methods below are asked.
    /// </summary>
    public virtual bool KeepsSessions => false;

    /// <summary>The same of TLS 1.2 alone: a far holder that lets the secret out may make the state of a session all the same (R7).</summary>
    public virtual bool KeepsTls12Sessions => KeepsSessions;

    /// <summary>TLS 1.2: asks the holder to resume. null: it will not, and a full handshake follows (R10); the reason is the holder's to count.</summary>
    public virtual ValueTask<Tls12ResumedSession?> ResumeTls12Async(Tls12ResumptionQuestion question, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Tls12ResumedSession?>(null);

    /// <summary>
    /// TLS 1.3: a holder for the pre-shared key of one offered identity; its <see cref="Tls13KeyHolder.AnswerAsync"/> may still decline. null: these are not its tickets.
    /// </summary>
    /// <param name="identity">Index among the identities of the ClientHello that is in the facts.</param>
    public virtual Tls13KeyHolder? BeginTls13Resumption(HandshakeFacts facts, int identity) => null;
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

    /// <summary>The delegated credential that is presented with it and signs in its place; null: none.</summary>
    public DelegatedCredentials.ServedCredential? Delegated { get; init; }

    /// <summary>What the server's signature verifies with.</summary>
    internal PublicKey Verifier => Delegated?.PublicKey ?? Certificate.PublicKey;

    /// <summary>SNI, lower-cased; null where absent.</summary>
    public required string? ServerName { get; init; }

    /// <summary>Addresses of the connection.</summary>
    public required TlsEndPoints EndPoints { get; init; }

    /// <summary>The suite chosen.</summary>
    public required CipherSuite CipherSuite { get; init; }

    /// <summary>TLS 1.2: whether records are encrypt-then-MAC (RFC 7366).</summary>
    public bool EncryptThenMac { get; init; }

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
