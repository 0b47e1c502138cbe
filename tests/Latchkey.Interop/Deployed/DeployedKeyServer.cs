using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.Versioning;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Testing;

namespace Latchkey.Interop.Deployed;

/// <summary>
/// A key server as today's are: TLS 1.2 with ECDHE and AES-256-GCM only, the raw operations and nothing of Latchkey's own.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal sealed class DeployedKeyServer : IAsyncDisposable
{
    private static readonly HashAlgorithmName[] Hashes =
        [HashAlgorithmName.MD5, HashAlgorithmName.SHA1, default, HashAlgorithmName.SHA256, HashAlgorithmName.SHA384, HashAlgorithmName.SHA512];

    private readonly LoopbackListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly Dictionary<string, AsymmetricAlgorithm> _keys = [];
    private readonly ConcurrentBag<byte> _opcodes = [];

    public DeployedKeyServer(TestCertificate certificate)
    {
        _certificate = certificate.WithPrivateKey();
        _listener = new LoopbackListener(ServeAsync);
    }

    public int Port => _listener.Port;

    /// <summary>Every opcode asked for so far.</summary>
    public IReadOnlyCollection<byte> Opcodes => _opcodes;

    public void Add(TestCertificate certificate)
    {
        AsymmetricAlgorithm key = certificate.Key is TestKey.Rsa2048 or TestKey.Rsa3072 ? RSA.Create() : ECDsa.Create();
        key.ImportPkcs8PrivateKey(certificate.PrivateKey, out _);
        _keys[Convert.ToHexString(Ski.Of(certificate))] = key;
    }

    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    // Foreign key servers trust by authority; here any client certificate does: what is tested is the edge.
    private async Task ServeAsync(Socket client, CancellationToken stopping)
    {
        await using var stream = new SslStream(new NetworkStream(client), false, (_, certificate, _, _) => certificate is not null);
        await stream.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificate = _certificate,
                ClientCertificateRequired = true,
                EnabledSslProtocols = SslProtocols.Tls12,
                CipherSuitesPolicy = new CipherSuitesPolicy(
                    [TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384]),
            },
            stopping);
        while (await Frames.ReadAsync(stream, stopping) is { } request)
            await stream.WriteAsync(Answer(request), stopping);
    }

    private byte[] Answer(Message request)
    {
        _opcodes.Add(request.Opcode);
        if (request.Opcode == Frames.Ping)
        {
            return Frames.Encode(request.Id, (0x11, [Frames.Pong]), (0x12, request.Payload));
        }

        if (request.Opcode is not (0x01 or (>= 0x02 and <= 0x07) or (>= 0x12 and <= 0x18) or (>= 0x35 and <= 0x37)))
        {
            return Refuse(request, 0x05);
        }

        if (!request.Items.TryGetValue(0x04, out var ski))
        {
            return Refuse(request, 0x08);
        }

        if (!_keys.TryGetValue(Convert.ToHexString(ski), out var key))
        {
            return Refuse(request, 0x02);
        }

        var result = Operate(request.Opcode, key, request.Payload);
        return result is null ? Refuse(request, 0x05) : Frames.Encode(request.Id, (0x11, [Frames.Response]), (0x12, result));
    }

    private static byte[] Refuse(Message request, byte error) => Frames.Encode(request.Id, (0x11, [Frames.Error]), (0x12, [error]));

    private static byte[]? Operate(byte opcode, AsymmetricAlgorithm key, byte[] payload) => (opcode, key) switch
    {
        (0x01, RSA rsa) => Decrypt(rsa, payload),
        ( >= 0x05 and <= 0x07, RSA rsa) => rsa.SignHash(payload, Hashes[opcode - 0x02], RSASignaturePadding.Pkcs1),
        ( >= 0x35 and <= 0x37, RSA rsa) => rsa.SignHash(payload, Hashes[opcode - 0x32], RSASignaturePadding.Pss),
        ( >= 0x15 and <= 0x17, ECDsa ecdsa) => ecdsa.SignHash(payload, DSASignatureFormat.Rfc3279DerSequence),
        _ => null,
    };

    /// <summary>The raw block, left-padded to the modulus: the padding is the client's business.</summary>
    private static byte[] Decrypt(RSA rsa, byte[] ciphertext)
    {
        var parameters = rsa.ExportParameters(true);
        var block = BigInteger.ModPow(Number(ciphertext), Number(parameters.D!), Number(parameters.Modulus!)).ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[parameters.Modulus!.Length - block.Length], .. block];
    }

    private static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);
}
