using System.Buffers.Binary;
using System.Security.Cryptography;
using Latchkey.Testing;
using Latchkey.Wire;
using Latchkey.Wire.Operations;

namespace Latchkey.KeyServer.Tests;

/// <summary>RSA key exchange in a handshake that the key server conducts: what is wrong with a ciphertext shows in nothing that it answers.</summary>
[Trait("Catalogue", "K6")]
[Trait("Attack", "7")]
[Trait("Attack", "8")]
public sealed class RelayedPaddingTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Every_ciphertext_gets_the_same_steps_of_the_same_size(byte finishedAtEdge)
    {
        await using var server = new TestKeyServer { RawOperations = false, HandOverMasterSecret = true };
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        await edge.NegotiateAsync();
        byte[] premaster = [3, 3, .. RandomNumberGenerator.GetBytes(46)];
        var rsa = site.Rsa();
        var good = rsa.Encrypt(premaster, RSAEncryptionPadding.Pkcs1);
        byte[][] ciphertexts =
        [
            good, rsa.Encrypt([3, 1, .. premaster[2..]], RSAEncryptionPadding.Pkcs1), rsa.Encrypt(premaster[..47], RSAEncryptionPadding.Pkcs1),
            [0, .. RandomNumberGenerator.GetBytes(255)], [.. Enumerable.Repeat((byte)0xFF, 256)], good[..255], [],
        ];

        var answers = new List<(string Steps, int Size)>();
        foreach (var ciphertext in ciphertexts)
        {
            var begun = await edge.AskAsync(RelayRequests.Ask(Opcode.BeginHandshake, site.Ski(), RelayRequests.Begin(site, RsaHello(), finishedAtEdge)));
            var (handshake, _, _) = RelayRequests.Read(begun);
            var message = RelayRequests.Message(16, [(byte)(ciphertext.Length >> 8), (byte)ciphertext.Length, .. ciphertext]);
            var reply = await edge.AskAsync(RelayRequests.Ask(Opcode.ContinueHandshake, site.Ski(), RelayRequests.Continue(handshake, message)));
            var steps = RelayRequests.ReadSteps(reply).Steps.Select(step => $"{step.Kind} {step.Content.Length}");
            answers.Add((string.Join(", ", steps), reply.Bytes.Length));
        }

        Assert.DoesNotContain(nameof(HandshakeStepKind.Failed), answers[0].Steps, StringComparison.Ordinal);
        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    /// <summary>TLS_RSA_WITH_AES_128_GCM_SHA256 twice, where the ordinary hello has its two suites.</summary>
    private static byte[] RsaHello()
    {
        var hello = RelayRequests.ClientHello();
        var suites = hello.AsSpan(hello.AsSpan().IndexOf<byte>([0xC0, 0x2B, 0xC0, 0x2F]));
        BinaryPrimitives.WriteUInt32BigEndian(suites, 0x009C_009C);
        return hello;
    }
}
