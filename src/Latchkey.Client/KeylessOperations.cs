using System.Text;
using Latchkey.Client.Links;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client;

/// <summary>
/// The operations of one connection, one method each: the low level below <see cref="KeyServerClient"/>, for measuring and
/// checking. All are thread-safe, encode before they return, and throw <see cref="KeyServerException"/> where no reply comes; a key server's
/// refusal is a <see cref="KeylessReply"/> with its error.
/// </summary>
public static class KeylessOperations
{
    private const int LongestName = 255;

    /// <summary>There and back.</summary>
    /// <param name="payload">Echoed; up to 65,528 bytes.</param>
    public static ValueTask<KeylessReply> PingAsync(this KeyServerConnection connection, ReadOnlySpan<byte> payload, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return connection.RequestAsync(new OutgoingItems(Opcode.Ping) { Payload = payload }, secret: false, timeout, cancellationToken);
    }

    /// <summary>Raw signature (02–07, 12–18, 35–37).</summary>
    /// <param name="digest">Of the length the opcode says; for <see cref="Opcode.Ed25519Sign"/> the whole message.</param>
    public static ValueTask<KeylessReply> SignRawAsync(this KeyServerConnection connection, KeyIdentity key, Opcode operation, ReadOnlySpan<byte> digest, RequestOrigin origin, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        connection.AboutKeyAsync(key, new OutgoingItems(operation) { Payload = digest }, origin, secret: false, timeout, cancellationToken);

    /// <summary>Raw RSA decryption (01): the block of the modulus' length, as a secret.</summary>
    public static ValueTask<KeylessReply> DecryptRawAsync(this KeyServerConnection connection, KeyIdentity key, ReadOnlySpan<byte> ciphertext, RequestOrigin origin, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        connection.AboutKeyAsync(key, new OutgoingItems(Opcode.RsaDecrypt) { Payload = ciphertext }, origin, secret: true, timeout, cancellationToken);

    /// <summary>Latchkey's operation 41 (K2).</summary>
    public static ValueTask<KeylessReply> SignServerKeyExchangeAsync(this KeyServerConnection connection, KeyIdentity key, in SignServerKeyExchangeItems fields, RequestOrigin origin, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var items = new OutgoingItems();
        fields.AddTo(ref items);
        return connection.AboutKeyAsync(key, items, origin, secret: false, timeout, cancellationToken);
    }

    /// <summary>Latchkey's operation 42 (X1).</summary>
    public static ValueTask<KeylessReply> SignCertificateVerifyAsync(this KeyServerConnection connection, KeyIdentity key, in SignCertificateVerifyItems fields, RequestOrigin origin, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var items = new OutgoingItems();
        fields.AddTo(ref items);
        return connection.AboutKeyAsync(key, items, origin, secret: false, timeout, cancellationToken);
    }

    /// <summary>Latchkey's operation 43 (K4): the 48-byte master secret.</summary>
    public static ValueTask<KeylessReply> DeriveRsaMasterSecretAsync(this KeyServerConnection connection, KeyIdentity key, in DeriveRsaMasterSecretItems fields, RequestOrigin origin, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        var items = new OutgoingItems();
        fields.AddTo(ref items);
        return connection.AboutKeyAsync(key, items, origin, secret: true, timeout, cancellationToken);
    }

    /// <summary>One of Latchkey's operations from 44 up, whose arguments and result are fields inside the payload (<see cref="FieldWriter"/>).</summary>
    /// <param name="arguments">Lent until this returns.</param>
    /// <param name="secret">Whether the result holds secrets: then it comes as <see cref="KeylessReply.Secret"/>.</param>
    public static ValueTask<KeylessReply> AskAsync(this KeyServerConnection connection, KeyIdentity key, Opcode operation, ReadOnlySpan<byte> arguments, RequestOrigin origin, bool secret, TimeSpan timeout, CancellationToken cancellationToken = default) =>
        connection.AboutKeyAsync(key, new OutgoingItems(operation) { Payload = arguments }, origin, secret, timeout, cancellationToken);

    /// <summary>The same for a result that stays secret for longer than a handshake: the key server seals it to this question (<see cref="SealedReply"/>).</summary>
    internal static ValueTask<KeylessReply> AskSealedAsync(this KeyServerConnection connection, KeyIdentity key, Opcode operation, ReadOnlySpan<byte> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!connection.SealsReplies)
            return connection.AskAsync(key, operation, arguments, default, secret: true, timeout, cancellationToken);
        var question = new SealedQuestion(operation);
        return question.OpenAsync(connection, connection.AboutKeyAsync(key, new OutgoingItems(operation) { Payload = arguments, SealTo = question.Item }, default, secret: false, timeout, cancellationToken));
    }

    /// <summary>Latchkey's operation 53 (T3), about no key: what ticket keys there are derived from, as a secret.</summary>
    internal static ValueTask<KeylessReply> ShareTicketKeyRootsAsync(this KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!connection.SealsReplies)
            return connection.RequestAsync(new OutgoingItems(Opcode.ShareTicketKeyRoots), secret: true, timeout, cancellationToken);
        var question = new SealedQuestion(Opcode.ShareTicketKeyRoots);
        return question.OpenAsync(connection, connection.RequestAsync(new OutgoingItems(Opcode.ShareTicketKeyRoots) { SealTo = question.Item }, secret: false, timeout, cancellationToken));
    }

    /// <summary>Latchkey's operation 52 (T1), about no key: answered when the ticket keys there are of another generation than <paramref name="known"/>, or when the wait is over.</summary>
    /// <param name="known">0: answered at once.</param>
    /// <param name="wait">What the key server waits at most; it has a limit of its own (<see cref="FollowTicketKeysRequest.MaxWaitMilliseconds"/>).</param>
    /// <param name="timeout">What the answer may take beyond that.</param>
    public static ValueTask<KeylessReply> FollowTicketKeysAsync(this KeyServerConnection connection, UInt128 known, TimeSpan wait, TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var arguments = new FieldWriter(FollowTicketKeysRequest.Size);
        try
        {
            new FollowTicketKeysRequest(known, (uint)wait.TotalMilliseconds).Write(ref arguments);
            return connection.ParkAsync(new OutgoingItems(Opcode.FollowTicketKeys) { Payload = arguments.Written }, wait + timeout, cancellationToken);
        }
        finally
        {
            arguments.Dispose();
        }
    }

    private static ValueTask<KeylessReply> AboutKeyAsync(this KeyServerConnection connection, KeyIdentity key, OutgoingItems items, RequestOrigin origin, bool secret, TimeSpan timeout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(connection);
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> name = stackalloc byte[LongestName];
        Span<byte> clientIp = stackalloc byte[IpItem.MaxSize];
        Span<byte> serverIp = stackalloc byte[IpItem.MaxSize];
        scoped var request = items;
        request.SubjectKeyIdentifier = key.SubjectKeyIdentifier;
        request.CertificateDigest = key.CertificateDigest;
        request.ClientIp = IpItem.Write(origin.ClientIp, clientIp);
        request.ServerIp = IpItem.Write(origin.ServerIp, serverIp);
        // A name longer than DNS allows is no name: the engine has refused it before.
        if (origin.ServerName is not null && Encoding.UTF8.TryGetBytes(origin.ServerName, name, out var written))
            request.ServerName = name[..written];
        if (connection.Capabilities is not null)
        {
            request.CertificateFingerprint = key.CertificateFingerprint;
            if (key.Parts is { } parts && connection.Capabilities.Value.Features.HasFlag(PeerFeatures.KeyParts) && items.Opcode.UsesPrivateKey())
                request.KeyPart = parts.Encoded;
            request.PatienceMilliseconds = (uint)Math.Clamp(timeout.TotalMilliseconds, 1, uint.MaxValue);
        }
        return connection.RequestAsync(request, secret, timeout, cancellationToken);
    }
}
