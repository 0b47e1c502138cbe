using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls12;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// A key behind the deployed protocol's raw operations (custody <c>premaster</c>, X3): contents and digests are made here, and the
/// premaster secret is unpadded here (K1).
/// </summary>
internal sealed class RawKeyServerKey(KeyServerClient client) : IHandshakeKey
{
    /// <summary>They are, here: where another key server can be asked instead.</summary>
    public bool MustBeVerified => false;

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        var content = ServerKeyExchangeContent.Build(request.ClientRandom.Span, request.ServerRandom.Value.Span, request.Parameters.Span);
        return SignAsync("sign ServerKeyExchange", request.Handshake, request.Scheme, content, cancellationToken);
    }

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        SignAsync("sign CertificateVerify", request.Handshake, request.Scheme, CertificateVerifyContent.ForServer(request.TranscriptHash.Span), cancellationToken);

    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        using var premaster = await DecryptPremasterAsync(request, cancellationToken);
        return MasterSecret.Derive(
            request.Handshake.Crypto, request.Handshake.CipherSuite.Digest(), premaster, request.ClientRandom.Span, request.ServerRandom.Value.Span, request.SessionHash);
    }

    /// <summary>
    /// Nothing the client can cause may show (RFC 5246 §7.4.7.1): a ciphertext that the key server cannot decrypt (not below the
    /// modulus) yields a random premaster as bad padding does, after the same round trip; so does one of another length than the
    /// modulus, which is sent nowhere, because its length is public.
    /// </summary>
    private async ValueTask<SecretBytes> DecryptPremasterAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        var premaster = SecretBytes.Random(TlsPremaster.Size);
        var modulusLength = KeyIdentity.Of(request.Handshake.Certificate).ModulusLength;
        if (request.EncryptedPremaster.Length != modulusLength)
            return premaster;
        var reply = await client.ExecuteAsync(new DecryptOperation(request), mayFail: true, cancellationToken);
        using var block = reply.Secret;
        if (block is not null && block.Length != modulusLength)
            throw new KeyHolderFailedException($"A key server of \"{client.Options.Name}\" decrypted to {block.Length} bytes where the modulus has {modulusLength}.");
        if (block is not null)
            TlsPremaster.Unpad(block.Span, request.ClientVersion, premaster.Span);
        return premaster;
    }

    private async ValueTask<ReadOnlyMemory<byte>> SignAsync(string name, HandshakeFacts handshake, SignatureScheme scheme, byte[] content, CancellationToken cancellationToken)
    {
        var (opcode, digest) = RawSignatures.For(scheme);
        var input = content;
        if (digest is { } algorithm)
        {
            input = new byte[algorithm.SizeInBytes()];
            handshake.Crypto.Hash(algorithm, content, input);
        }
        return (await client.ExecuteAsync(new SignOperation(name, handshake, scheme, content, opcode, input), mayFail: false, cancellationToken)).Payload;
    }

    private readonly struct SignOperation(string name, HandshakeFacts handshake, SignatureScheme scheme, byte[] content, Opcode opcode, byte[] input) : IKeyOperation
    {
        public string Name => name;

        public bool IsStructured => false;

        public string? Fault(in KeylessReply reply) => SignatureFault.Of(handshake.Certificate, scheme, content, reply.Payload.Span);

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignRawAsync(KeyIdentity.Of(handshake.Certificate), opcode, input, RequestOrigin.Of(handshake), timeout, cancellationToken);
    }

    private readonly struct DecryptOperation(RsaMasterSecretDerivation request) : IKeyOperation
    {
        public string Name => "decrypt premaster";

        public bool IsStructured => false;

        public string? Fault(in KeylessReply reply) => null;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.DecryptRawAsync(KeyIdentity.Of(request.Handshake.Certificate), request.EncryptedPremaster.Span, RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
    }
}
