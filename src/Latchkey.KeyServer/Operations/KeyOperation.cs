using Latchkey.Client;
using Latchkey.Crypto;
using Latchkey.KeyServer.Admission;
using Latchkey.KeyServer.Freshness;
using Latchkey.KeyServer.Keys;
using Latchkey.KeyServer.Policy;
using Latchkey.KeyServer.PreSharedKeys;
using Latchkey.KeyServer.Relay;
using Latchkey.Tickets;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Operations;

/// <summary>One operation of the wire that uses a private key. Without state, so thread-safe.</summary>
internal abstract class KeyOperation
{
    /// <summary>For metrics: short, stable, lower-case.</summary>
    public abstract string Name { get; }

    /// <summary>Finds and leases the key it is about, where that does not follow from the usual items.</summary>
    /// <param name="handshakes">The relayed ones of the connection that asks.</param>
    /// <param name="key">null: there is none.</param>
    /// <returns>What the edge is told where there is none; null: it follows from the items.</returns>
    public virtual KeylessError? FindKey(in KeylessItems items, HandshakeTable handshakes, out StoredKey? key)
    {
        key = null;
        return null;
    }

    /// <summary>What the question demands of the key, for policy to decide about. Asked before anything is known of key and edge, so that what is malformed must have an answer too: the least.</summary>
    public abstract KeyDemand Demand(in KeylessItems items);

    /// <summary>The name that policy decides by: SNI as the edge reports it, unless the operation knows better.</summary>
    public virtual ReadOnlySpan<byte> ServerName(in KeylessItems items) => items.ServerName;

    /// <summary>The names of the certificate that the question is about, all of which policy decides by; none where it is about one host.</summary>
    public virtual IReadOnlyList<string> CertificateNames(in KeylessItems items) => [];

    /// <summary>
    /// Refuses what can be refused without the key's private half: wrong type of key, wrong lengths, scheme not allowed. Called
    /// on the reader, so that hopeless requests never queue.
    /// </summary>
    /// <returns><see cref="KeylessError.None"/> where the request may queue.</returns>
    public abstract KeylessError Check(in KeylessItems items, StoredKey key);

    /// <summary>Whether <see cref="Perform"/> may use the private half: then it waits for a place at the key's device. A resumption does not wait for an HSM.</summary>
    public virtual bool UsesPrivateKey(in KeylessItems items) => true;

    /// <summary>What a key exchange costs that is part of it, roughly (attack 20: a client that asks for DHE chooses among groups that differ 400-fold).</summary>
    public virtual int ExchangeMicroseconds(in KeylessItems items) => 10;

    /// <summary>Whether the same question may not be asked twice, but by an edge that lost its connection (X4).</summary>
    public virtual bool IsAskedOnce => false;

    /// <summary>The TLS 1.2 nonce that the question is about, 32 bytes: it may be used once for each operation (X4). Empty: there is none.</summary>
    public virtual ReadOnlySpan<byte> Nonce(in KeylessItems items) => default;

    /// <summary>Whether it asks for a partial signature: the one thing that a share of a key is for (X5).</summary>
    public virtual bool SignsPartially(in KeylessItems items) => false;

    /// <summary>Does it; called on a worker, after <see cref="Check"/> with the same items and key.</summary>
    public abstract OperationResult Perform(in KeylessItems items, KeyLease lease, OperationServices services);
}

/// <summary>The key an operation works with, and for whom: what is sealed for a second question is bound to both.</summary>
/// <param name="Key">Leased while the operation runs.</param>
/// <param name="Edge">Who asks.</param>
/// <param name="Handshakes">The relayed ones of the connection that asks.</param>
/// <param name="Binding">The connection that asks, between these two: <see cref="Client.OnDemand.LinkBinding"/>.</param>
internal readonly record struct KeyLease(StoredKey Key, EdgeIdentity Edge, HandshakeTable Handshakes, ReadOnlyMemory<byte> Binding)
{
    /// <summary>The question, where the operation <see cref="KeyOperation.IsAskedOnce"/>.</summary>
    public AskedQuestion Asked { get; init; }
}

/// <summary>What operations share.</summary>
/// <param name="Crypto">Does the cryptography.</param>
/// <param name="Options">In force.</param>
/// <param name="Sealing">Seals tickets. Shared by all key servers of a pool.</param>
/// <param name="States">Seals what travels through edges between two questions of a handshake.</param>
/// <param name="Sessions">TLS 1.2 sessions kept here under their identifiers (R2).</param>
/// <param name="PreSharedKeys">Shared with clients beforehand (G4).</param>
/// <param name="Time">The clock.</param>
/// <param name="Freshness">Lets each question through once.</param>
/// <param name="Admitted">Who may connect, as one number (<see cref="EdgeAdmission.Audience"/>).</param>
internal sealed record OperationServices(CryptoProvider Crypto, CurrentOptions Options, TicketKeyRoots Sealing, StateKeys States, BoundedMemory Sessions, PreSharedKeyStore PreSharedKeys, TimeProvider Time, FreshnessGate Freshness, Func<ReadOnlyMemory<byte>> Admitted)
{
    /// <summary>Which signatures are verified before they leave.</summary>
    public SignatureVerification Verify => Options.Value.VerifySignatures;

    /// <summary>Other key servers that have parts of split keys, by the names of the configuration (S5). Lent.</summary>
    public IReadOnlyDictionary<string, KeyServerClient> KeyServers => Options.Value.KeyServers;
}

/// <summary>What goes into the reply's payload: public bytes, a secret that whoever writes the reply disposes, or an error.</summary>
internal readonly record struct OperationResult(KeylessError Error, ReadOnlyMemory<byte> Public, SecretBytes? Secret)
{
    /// <summary>For the audit log: of what was signed (the transcript hash itself in TLS 1.3), of both randoms where a TLS 1.2 secret was derived, of a ticket; empty: of nothing.</summary>
    public ReadOnlyMemory<byte> Digest { get; init; }

    /// <summary>For the audit log: the very same was asked before.</summary>
    public bool IsRepeated { get; init; }

    public static OperationResult Of(byte[] signature) => new(KeylessError.None, signature, null);

    public static OperationResult Of(SecretBytes secret) => new(KeylessError.None, default, secret);

    public static OperationResult Failed(KeylessError error) => new(error, default, null);
}
