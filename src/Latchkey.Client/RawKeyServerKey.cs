using Latchkey.Crypto;
using Latchkey.Tls;
using Latchkey.Tls.Alerts;
using Latchkey.Tls.Custodies;
using Latchkey.Tls.Tls13;
using Latchkey.Wire;

namespace Latchkey.Client;

/// <summary>
/// A key behind the deployed protocol's raw operations (custody <c>premaster</c>, X3): contents and digests are made here, and the
/// premaster secret is unpadded here (K1).
/// </summary>
internal sealed class RawKeyServerKey(KeyServerClient client) : IHandshakeKey
{
    private const int MasterSecretSize = 48;

    public ValueTask<ReadOnlyMemory<byte>> SignServerKeyExchangeAsync(ServerKeyExchangeSigning request, CancellationToken cancellationToken)
    {
        // RFC 5246 §7.4.3: client random, server random, parameters.
        var content = new byte[request.ClientRandom.Length + request.ServerRandom.Value.Length + request.Parameters.Length];
        request.ClientRandom.CopyTo(content);
        request.ServerRandom.Value.CopyTo(content.AsMemory(request.ClientRandom.Length));
        request.Parameters.CopyTo(content.AsMemory(content.Length - request.Parameters.Length));
        return SignAsync("sign ServerKeyExchange", request.Handshake, request.Scheme, content, cancellationToken);
    }

    public ValueTask<ReadOnlyMemory<byte>> SignCertificateVerifyAsync(CertificateVerifySigning request, CancellationToken cancellationToken) =>
        SignAsync("sign CertificateVerify", request.Handshake, request.Scheme, CertificateVerifyContent.ForServer(request.TranscriptHash.Span), cancellationToken);

    public async ValueTask<SecretBytes> DeriveMasterSecretAsync(RsaMasterSecretDerivation request, CancellationToken cancellationToken)
    {
        using var premaster = await DecryptPremasterAsync(request, cancellationToken);
        var crypto = request.Handshake.Crypto;
        var digest = request.Handshake.CipherSuite.Digest();
        var masterSecret = new SecretBytes(MasterSecretSize);
        if (request.SessionHash is { IsEmpty: false } sessionHash)
            Tls12Prf.Derive(crypto, digest, premaster.Span, "extended master secret"u8, sessionHash.Span, default, masterSecret.Span);
        else
            Tls12Prf.Derive(crypto, digest, premaster.Span, "master secret"u8, request.ClientRandom.Span, request.ServerRandom.Value.Span, masterSecret.Span);
        return masterSecret;
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
        return (await client.ExecuteAsync(new SignOperation(name, handshake, opcode, input), mayFail: false, cancellationToken)).Payload;
    }

    private readonly struct SignOperation(string name, HandshakeFacts handshake, Opcode opcode, byte[] input) : IKeyOperation
    {
        public string Name => name;

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.SignRawAsync(KeyIdentity.Of(handshake.Certificate), opcode, input, RequestOrigin.Of(handshake), timeout, cancellationToken);
    }

    private readonly struct DecryptOperation(RsaMasterSecretDerivation request) : IKeyOperation
    {
        public string Name => "decrypt premaster";

        public bool IsStructured => false;

        public ValueTask<KeylessReply> SendAsync(KeyServerConnection connection, TimeSpan timeout, CancellationToken cancellationToken) =>
            connection.DecryptRawAsync(KeyIdentity.Of(request.Handshake.Certificate), request.EncryptedPremaster.Span, RequestOrigin.Of(request.Handshake), timeout, cancellationToken);
    }
}
