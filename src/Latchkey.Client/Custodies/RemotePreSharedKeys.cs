using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client.Custodies;

/// <summary>
/// Pre-shared keys at a key server, which never leave it (catalogue G4): in TLS 1.2 the master secret comes here, in TLS 1.3 the Handshake Secret.
/// </summary>
/// <param name="client">Asks it.</param>
/// <param name="identityHint">TLS 1.2: <see cref="PreSharedKeyHolder.IdentityHint"/>.</param>
internal sealed class RemotePreSharedKeys(KeyServerClient client, ReadOnlyMemory<byte> identityHint) : PreSharedKeyHolder
{
    private const string DeriveName = "derive master secret with pre-shared key";

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> IdentityHint { get; } = identityHint;

    /// <inheritdoc/>
    public override Tls13KeyHolder? BeginTls13(HandshakeFacts facts, int identity) => new LocalTls13KeyHolder(new PreSharedRemoteAgreement(client, facts, identity), facts);

    /// <summary>Operation 4E. Never null: the key server gives an unknown identity a master secret like any other.</summary>
    public override async ValueTask<SecretBytes?> DeriveMasterSecretAsync(PreSharedMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        using var arguments = Arguments(request);
        var reply = await client.ExecuteAsync(new StructuredOperation(DeriveName, Opcode.DerivePskMasterSecret, request.Handshake, arguments, secret: true), mayFail: false, cancellationToken);
        if (reply.Secret is { Length: MasterSecret.Size } master)
            return master;
        reply.Secret?.Dispose();
        throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" sent a master secret of {reply.Secret?.Length ?? 0} bytes.");
    }

    private static SecretBytes Arguments(PreSharedMasterSecretDerivation request)
    {
        var messages = JoinedMessages.Of(request.Transcript.Messages);
        QuestionSize.Require(messages.Length, ours: 0);
        var fields = new FieldWriter(messages.Length + request.OtherSecret.Length + 64);
        try
        {
            new DerivePskMasterSecretRequest
            {
                Suite = (ushort)request.Handshake.CipherSuite,
                ServerNonce = request.ServerRandom.Nonce.Span,
                Sentinel = (byte)request.ServerRandom.Sentinel,
                OtherSecret = request.OtherSecret.Span,
                Messages = messages,
            }.Write(ref fields);
            return SecretBytes.CopyOf(fields.Written);
        }
        finally
        {
            fields.Dispose();
        }
    }
}
