namespace Latchkey.Crypto.Libcrypto;

/// <summary>Computes with <see cref="Number"/>s, modulo a number or with none. For one thread; temporaries are cleared when it is disposed.</summary>
internal sealed class Arithmetic : IDisposable
{
    private nint _context = LibcryptoLibrary.IsAvailable ? Native.BN_CTX_secure_new() : throw new PlatformNotSupportedException("Computing with large numbers needs libcrypto 3.");

    internal Arithmetic()
    {
        if (_context == 0)
            throw LibcryptoError.Take("libcrypto could not make room for numbers");
    }

    ~Arithmetic() => Dispose();

    internal Number Add(Number a, Number b) => Compute(a, b, result => Native.BN_add(result, a.Pointer, b.Pointer));

    /// <summary>a − b, which must not be negative.</summary>
    internal Number Subtract(Number a, Number b) => Compute(a, b, result => Native.BN_usub(result, a.Pointer, b.Pointer));

    internal Number Multiply(Number a, Number b) => Compute(a, b, result => Native.BN_mul(result, a.Pointer, b.Pointer, _context));

    internal Number Remainder(Number a, Number modulus) => Compute(a, modulus, result => Native.BN_div(0, result, a.Pointer, modulus.Pointer, _context));

    internal Number Multiply(Number a, Number b, Number modulus) => Compute(a, b, result => Native.BN_mod_mul(result, a.Pointer, b.Pointer, modulus.Pointer, _context));

    internal Number GreatestCommonDivisor(Number a, Number b) => Compute(a, b, result => Native.BN_gcd(result, a.Pointer, b.Pointer, _context));

    /// <summary>null: it has none.</summary>
    internal Number? Invert(Number number, Number modulus)
    {
        var inverse = new Number();
        if (Native.BN_mod_inverse(inverse.Pointer, number.Pointer, modulus.Pointer, _context) != 0)
            return inverse;
        LibcryptoError.Clear();
        inverse.Dispose();
        return null;
    }

    /// <summary>A power with a public exponent, modulo an odd number.</summary>
    internal Number Power(Number number, Number exponent, Number modulus) =>
        Compute(number, exponent, result => Native.BN_mod_exp_mont(result, number.Pointer, exponent.Pointer, modulus.Pointer, _context, 0));

    /// <summary>A power with a secret exponent, modulo an odd number: time depends on the exponent's length alone.</summary>
    internal Number PowerOfSecret(Number number, Number exponent, Number modulus) =>
        Compute(number, exponent, result => Native.BN_mod_exp_mont_consttime(result, number.Pointer, exponent.Pointer, modulus.Pointer, _context, 0));

    /// <inheritdoc/>
    public void Dispose()
    {
        nint context = Interlocked.Exchange(ref _context, 0);
        if (context != 0)
            Native.BN_CTX_free(context);
        GC.SuppressFinalize(this);
    }

    private static Number Compute(Number a, Number b, Func<nint, int> operation)
    {
        var result = new Number();
        result.Done(operation(result.Pointer) == 1);
        GC.KeepAlive(a);
        GC.KeepAlive(b);
        return result;
    }
}
