using System.Numerics;
using System.Security.Cryptography;
using Latchkey.Testing;
using Latchkey.Wire;

namespace Latchkey.KeyServer.Tests;

[Trait("Catalogue", "X3")]
public sealed class DeployedOperationsTests
{
    // Any client of an edge can send one: a line for each would fill the log.
    [Fact]
    public async Task A_ciphertext_not_below_the_modulus_is_refused_without_a_line_in_the_log()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.RsaDecrypt, site.Ski(), [.. Enumerable.Repeat((byte)0xFF, 256)]));

        Assert.Equal(KeylessError.CryptographicFailure, reply.Error);
        Assert.Null(server.Log.Find(3020));
    }

    [Fact]
    public async Task A_ping_is_answered_byte_for_byte_as_deployed()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();

        await edge.SendAsync(TestEdge.Encode(0xdeadbeef, TestRequests.Raw(Opcode.Ping, [], "Hello!"u8.ToArray())));

        var expected = Convert.FromHexString("010003f8deadbeef110001f212000648656c6c6f212003e8").Concat(new byte[1000]);
        Assert.Equal(expected, (await edge.ReadAsync()).Bytes);
    }

    [Fact]
    public async Task An_unknown_key_is_answered_byte_for_byte_as_deployed()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();

        await edge.SendAsync(TestEdge.Encode(9, TestRequests.Raw(Opcode.EcdsaSignSha256, Enumerable.Repeat((byte)7, 20).ToArray(), new byte[32])));

        var expected = Convert.FromHexString("010003f800000009110001ff120001022003ed").Concat(new byte[1005]);
        Assert.Equal(expected, (await edge.ReadAsync()).Bytes);
    }

    [Theory]
    [InlineData(Opcode.RsaSignSha1, "SHA1", false)]
    [InlineData(Opcode.RsaSignSha256, "SHA256", false)]
    [InlineData(Opcode.RsaSignSha384, "SHA384", false)]
    [InlineData(Opcode.RsaSignSha512, "SHA512", false)]
    [InlineData(Opcode.RsaPssSignSha256, "SHA256", true)]
    [InlineData(Opcode.RsaPssSignSha384, "SHA384", true)]
    [InlineData(Opcode.RsaPssSignSha512, "SHA512", true)]
    public async Task An_rsa_key_signs_digests(Opcode opcode, string hash, bool pss)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var digest = RandomNumberGenerator.GetBytes(opcode.DigestLength()!.Value);

        var reply = await edge.AskAsync(TestRequests.Raw(opcode, site.Ski(), digest));

        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.True(site.Rsa().VerifyHash(digest, reply.Payload, new HashAlgorithmName(hash), pss ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1));
    }

    [Theory]
    [InlineData(Opcode.RsaSignMd5Sha1, "")]
    [InlineData(Opcode.RsaSignSha224, "302d300d06096086480165030402040500041c")]
    public async Task An_rsa_key_signs_the_digests_of_old_with_the_right_block(Opcode opcode, string digestInfo)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var digest = RandomNumberGenerator.GetBytes(opcode.DigestLength()!.Value);

        var reply = await edge.AskAsync(TestRequests.Raw(opcode, site.Ski(), digest));

        var key = site.Rsa().ExportParameters(false);
        var block = BigInteger.ModPow(new(reply.Payload, true, true), new(key.Exponent, true, true), new(key.Modulus, true, true)).ToByteArray(true, true);
        byte[] end = [0, .. Convert.FromHexString(digestInfo), .. digest];
        Assert.Equal([1, .. Enumerable.Repeat((byte)0xFF, 255 - 1 - end.Length), .. end], block);
    }

    [Theory]
    [InlineData(Opcode.EcdsaSignMd5Sha1, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha1, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha224, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha256, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha384, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha512, TestKey.EcdsaP256)]
    [InlineData(Opcode.EcdsaSignSha384, TestKey.EcdsaP384)]
    public async Task An_ecdsa_key_signs_digests(Opcode opcode, TestKey kind)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var digest = RandomNumberGenerator.GetBytes(opcode.DigestLength()!.Value);

        var reply = await edge.AskAsync(TestRequests.Raw(opcode, site.Ski(), digest));

        Assert.Equal(Opcode.Response, reply.Opcode);
        Assert.True(site.Ecdsa().VerifyHash(digest, reply.Payload, DSASignatureFormat.Rfc3279DerSequence));
    }

    [Fact]
    public async Task An_ed25519_key_signs_messages()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Ed25519, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var message = RandomNumberGenerator.GetBytes(5000);

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.Ed25519Sign, site.Ski(), message));

        using var certificate = site.WithoutPrivateKey();
        using var key = Crypto.CryptoProvider.Default.ImportPublicKey(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(64, reply.Payload.Length);
        Assert.True(key.Verify(Crypto.SignatureScheme.Ed25519, message, reply.Payload));
    }

    [Fact]
    [Trait("Catalogue", "K1")]
    public async Task Rsa_decryption_returns_the_whole_block()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var premaster = RandomNumberGenerator.GetBytes(48);

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.RsaDecrypt, site.Ski(), site.Rsa().Encrypt(premaster, RSAEncryptionPadding.Pkcs1)));

        Assert.Equal(256, reply.Payload.Length);
        Assert.Equal([0, 2], reply.Payload[..2]);
        Assert.Equal(premaster, reply.Payload[^48..]);
    }

    [Theory]
    [InlineData(TestKey.EcdsaP256, Opcode.RsaSignSha256, 32, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.RsaPssSignSha256, 32, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.RsaDecrypt, 256, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.Ed25519Sign, 32, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.EcdsaSignSha256, 31, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.EcdsaSignSha256, 0, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.Rsa2048, Opcode.EcdsaSignSha256, 32, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.Rsa2048, Opcode.RsaSignSha256, 33, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.Rsa2048, Opcode.RsaDecrypt, 255, KeylessError.CryptographicFailure)]
    [InlineData(TestKey.EcdsaP256, Opcode.Seal, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Unseal, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Rpc, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Custom, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.None, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, (Opcode)0x99, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.SignCertificateVerify, 32, KeylessError.BadOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Response, 32, KeylessError.UnexpectedOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Pong, 32, KeylessError.UnexpectedOpcode)]
    [InlineData(TestKey.EcdsaP256, Opcode.Error, 32, KeylessError.UnexpectedOpcode)]
    public async Task What_cannot_be_done_has_its_error_and_disturbs_nothing(TestKey kind, Opcode opcode, int length, KeylessError error)
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(kind, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        Assert.Equal(error, (await edge.AskAsync(TestRequests.Raw(opcode, site.Ski(), new byte[length]))).Error);
        Assert.Equal(Opcode.Pong, (await edge.AskAsync((ref i) => i.Opcode = Opcode.Ping)).Opcode);
    }

    [Fact]
    public async Task A_ciphertext_not_below_the_modulus_is_a_cryptographic_failure()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.Rsa2048, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        var reply = await edge.AskAsync(TestRequests.Raw(Opcode.RsaDecrypt, site.Ski(), Enumerable.Repeat((byte)0xFF, 256).ToArray()));

        Assert.Equal(KeylessError.CryptographicFailure, reply.Error);
    }

    [Fact]
    public async Task A_request_that_names_no_key_is_an_internal_error()
    {
        await using var server = await new TestKeyServer().StartAsync();
        await using var edge = await server.ConnectAsync();

        Assert.Equal(KeylessError.Internal, (await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha256, [], new byte[32]))).Error);
    }

    [Fact]
    [Trait("Catalogue", "X4")]
    public async Task Raw_operations_are_off_unless_the_source_says_so_and_look_like_an_unknown_key()
    {
        await using var server = new TestKeyServer { RawOperations = false };
        var ecdsa = server.AddKey(TestKey.EcdsaP256, "ecdsa.test");
        var rsa = server.AddKey(TestKey.Rsa2048, "rsa.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();

        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(TestRequests.Raw(Opcode.EcdsaSignSha256, ecdsa.Ski(), new byte[32]))).Error);
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(TestRequests.Raw(Opcode.RsaDecrypt, rsa.Ski(), new byte[256]))).Error);
        // Not even a wrong length tells that the key is there.
        Assert.Equal(KeylessError.KeyNotFound, (await edge.AskAsync(TestRequests.Raw(Opcode.RsaSignSha256, rsa.Ski(), new byte[1]))).Error);
    }

    [Fact]
    public async Task Two_requests_under_one_id_get_two_replies()
    {
        await using var server = new TestKeyServer();
        var site = server.AddKey(TestKey.EcdsaP256, "site.test");
        await server.StartAsync();
        await using var edge = await server.ConnectAsync();
        var one = TestEdge.Encode(5, TestRequests.Raw(Opcode.EcdsaSignSha256, site.Ski(), new byte[32]));

        await edge.SendAsync((byte[])[.. one, .. one]);

        Assert.Equal((5u, Opcode.Response), await edge.ReadAsync() is var a ? (a.Id, a.Opcode) : default);
        Assert.Equal((5u, Opcode.Response), await edge.ReadAsync() is var b ? (b.Id, b.Opcode) : default);
    }
}
