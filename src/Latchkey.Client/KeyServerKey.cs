using Latchkey.Client.Custodies;
using Latchkey.Crypto;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.Client;

/// <summary>
/// A key behind Latchkey's structured operations (custody <c>signature</c>): the key server is sent the parts and builds what it
/// signs or derives itself (X4).
/// </summary>
internal sealed class KeyServerKey(KeyServerClient client) : IHandshakeKey
{
    private const int MasterSecretSize = 48;

    /// <summary>They are, here: where another key server can be asked instead.</summary>
    public bool MustBeVerified => false;

    public async ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken) =>
        (await client.ExecuteAsync(new ServerKeyExchangeOperation(request), mayFail: false, cancellationToken)).Payload;

    public async ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        (await client.ExecuteAsync(new CertificateVerifyOperation(request), mayFail: false, cancellationToken)).Payload;

    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        var reply = request.SessionHash is null
            ? await client.ExecuteAsync(new MasterSecretOperation(request), mayFail: false, cancellationToken)
            : await AgreeAsync(request, cancellationToken);
        if (reply.Secret is { Length: MasterSecretSize } masterSecret)
            return masterSecret;
        reply.Secret?.Dispose();
        throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" sent a master secret of {reply.Secret?.Length ?? 0} bytes.");
    }

    /// <summary>Extended master secret: the key server is sent the handshake and hashes it itself, because a hash of an edge's making may be one of a recorded session (attack 6).</summary>
    private async ValueTask<KeylessReply> AgreeAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        using var arguments = KeyExchangeAgreement.Encode(
            request.Handshake, request.ServerRandom, KeyExchangeLevel.MasterSecret, state: null, request.EncryptedPremaster, request.Transcript, session: null);
        return await client.ExecuteAsync(new StructuredOperation("derive master secret", Opcode.AgreeKeyExchange, request.Handshake, arguments, secret: true), mayFail: false, cancellationToken);
    }

    private readonly struct ServerKeyExchangeOperation(ServerKeyExchangeSigning request) : IKeyOperation
    {
        public string Name => "sign ServerKeyExchange";

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) =>
            SignatureFault.OfServerKeyExchange(request.Handshake, request.Scheme, request.ClientRandom.Span, request.ServerRandom, request.Parameters.Span, reply.Payload.Span);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignAsync(request, partially: false, timeout, cancellationToken);
    }

    private readonly struct CertificateVerifyOperation(CertificateVerifySigning request) : IKeyOperation
    {
        public string Name => "sign CertificateVerify";

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) =>
            SignatureFault.OfCertificateVerify(request.Handshake, request.Scheme, request.TranscriptHash.Span, reply.Payload.Span);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignAsync(request, partially: false, timeout, cancellationToken);
    }

    private readonly struct MasterSecretOperation(RsaMasterSecretDerivation request) : IKeyOperation
    {
        public string Name => "derive master secret";

        public bool IsStructured => true;

        public string? Fault(in KeylessReply reply) =>
            reply.Secret is { Length: MasterSecretSize } ? null : $"It sent a master secret of {reply.Secret?.Length ?? 0} bytes.";

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.DeriveRsaMasterSecretAsync(
                KeyIdentity.Of(request.Handshake.Certificate),
                new DeriveRsaMasterSecretItems
                {
                    EncryptedPremaster = request.EncryptedPremaster.AsCiphertext().Span,
                    ClientVersion = request.ClientVersion,
                    ClientRandom = request.ClientRandom.Span,
                    ServerNonce = request.ServerRandom.Nonce.Span,
                    Sentinel = (byte)request.ServerRandom.Sentinel,
                    PrfHash = PrfHash.Of(request.Handshake.CipherSuite),
                },
                RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
    }
}
