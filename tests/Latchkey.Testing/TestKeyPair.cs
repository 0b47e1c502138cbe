using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Latchkey.Testing;

/// <summary>A fresh key pair: PKCS#8 and the public half for a certificate.</summary>
internal sealed record TestKeyPair(byte[] PrivateKey, PublicKey PublicKey)
{
    public static TestKeyPair Create(TestKey key) => key switch
    {
        TestKey.EcdsaP256 => Ecdsa(ECCurve.NamedCurves.nistP256),
        TestKey.EcdsaP384 => Ecdsa(ECCurve.NamedCurves.nistP384),
        TestKey.Rsa2048 => Rsa(2048),
        TestKey.Rsa3072 => Rsa(3072),
        TestKey.Ed25519 => Ed25519(),
        TestKey.Dsa2048 => Dsa(),
        _ => throw new ArgumentOutOfRangeException(nameof(key)),
    };

    private static TestKeyPair Ecdsa(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return new TestKeyPair(key.ExportPkcs8PrivateKey(), new PublicKey(key));
    }

    private static TestKeyPair Rsa(int bits)
    {
        using var key = RSA.Create(bits);
        return new TestKeyPair(key.ExportPkcs8PrivateKey(), new PublicKey(key));
    }

    // The base library knows no Ed25519; the openssl program does.
    private static TestKeyPair Ed25519()
    {
        var openssl = Tool.SkipUnless("openssl");
        return WithPublicHalf(openssl, Run(openssl, "genpkey -algorithm ed25519 -outform DER", []));
    }

    // The base library takes longer over DSA's parameters than the openssl program.
    private static TestKeyPair Dsa()
    {
        var openssl = Tool.SkipUnless("openssl");
        var traditional = Run(openssl, "dsaparam -genkey -noout -outform DER 2048", []);
        return WithPublicHalf(openssl, Run(openssl, "pkcs8 -topk8 -nocrypt -inform DER -outform DER", traditional));
    }

    private static TestKeyPair WithPublicHalf(string openssl, byte[] privateKey)
    {
        var spki = Run(openssl, "pkey -inform DER -pubout -outform DER", privateKey);
        return new TestKeyPair(privateKey, PublicKey.CreateFromSubjectPublicKeyInfo(spki, out _));
    }

    private static byte[] Run(string program, string arguments, byte[] input)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"{program} {arguments}: exit {process.ExitCode}");
    }
}
